/**
 * The transforms, in the order in which they are applied. To add one, write its file and name it here: its settings
 * appear in the configuration under the same name.
 */
import { blur } from "./blur.js";
import { brightness } from "./brightness.js";
import { contrast } from "./contrast.js";
import { elastic } from "./elastic.js";
import { flip } from "./flip.js";
import { gamma } from "./gamma.js";
import { lowResolution } from "./low-resolution.js";
import { noise } from "./noise.js";
import { rotation } from "./rotation.js";
import { scaling } from "./scaling.js";

export const spatialTransforms = { flip, rotation, scaling, elastic };

/** What the tissue looks like comes before what the scanner does to it. */
export const intensityTransforms = { gamma, contrast, brightness, blur, lowResolution, noise };
