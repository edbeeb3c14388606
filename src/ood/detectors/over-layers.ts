/**
 * One detector for each layer of the training images, together as `standardisedMean` joins detectors: a distance among many
 * channels is larger than one among few, and would count for more.
 */
import type { Detector } from "./detector.js";
import { layersOf } from "./required-evidence.js";
import { standardisedMean } from "./standardised-mean.js";

export const overLayers = (ofLayer: (layer: string) => Detector): Detector => ({
  fit: (training) => standardisedMean(layersOf(training).map(ofLayer)).fit(training),
});
