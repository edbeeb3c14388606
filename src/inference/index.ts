export { type ActivationName, activations } from "./activation.js";
export { type Flip, flipsAlong, flipVoxels, imageAxes } from "./flip.js";
export { InteriorEntropy, interiorEntropy, interiorMean } from "./interior-entropy.js";
export { type Padding, paddings } from "./padding.js";
export { type PredictedMask, predictedMask } from "./predicted-mask.js";
export {
  type FeatureVisitor,
  type GramVisitor,
  type PredictOptions,
  predictSlabs,
  predictVolume,
  type WindowGram,
} from "./sliding-window.js";
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
