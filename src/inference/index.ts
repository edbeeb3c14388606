export { type ActivationName, activations } from "./activation.js";
export { type Flip, flipsAlong, flipVoxels, imageAxes } from "./flip.js";
export { InteriorEntropy, interiorEntropy, interiorMean } from "./interior-entropy.js";
export { type Padding, paddings } from "./padding.js";
export type { FeatureVisitor, GramVisitor, PredictOptions, WindowGram } from "./predict-options.js";
export { type PredictedMask, predictedMask } from "./predicted-mask.js";
export { predictSlabs, predictVolume } from "./sliding-window.js";
export {
  bernoulliEntropy,
  type ForegroundUncertainty,
  foregroundMeans,
  foregroundUncertainty,
  greatestEntropy,
  readVoxels,
  type UncertaintyMaps,
  uncertaintyMaps,
  type VoxelReading,
} from "./uncertainty.js";
export {
  blendings,
  planWindows,
  type WindowPlan,
  type Windows,
  weightShapes,
  windowCount,
  windowPlacements,
} from "./window-plan.js";
export type { PredictedSlab } from "./window-rows.js";
