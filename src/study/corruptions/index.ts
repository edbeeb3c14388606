/** Corruptions by name. To add one, write its file and name it here. */
import { biasField } from "./bias-field.js";
import { blur } from "./blur.js";
import { contrast } from "./contrast.js";
import type { Corruption } from "./corruption.js";
import { cropping } from "./cropping.js";
import { flip } from "./flip.js";
import { ghosting } from "./ghosting.js";
import { inversion } from "./inversion.js";
import { noise } from "./noise.js";
import { sliceRepetition } from "./slice-repetition.js";
import { wrongSpacing } from "./wrong-spacing.js";

export type { Corruption, Severity } from "./corruption.js";

export const corruptions: Readonly<Record<string, Corruption>> = {
  noise,
  "bias-field": biasField,
  blur,
  ghosting,
  contrast,
  inversion,
  "slice-repetition": sliceRepetition,
  cropping,
  flip,
  "wrong-spacing": wrongSpacing,
};
