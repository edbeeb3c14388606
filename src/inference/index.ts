export { type ActivationName, activations } from "./activation.js";
export { type Flip, flipsAlong, flipVoxels } from "./flip.js";
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
  foregroundUncertainty,
  greatestEntropy,
  type PredictedChannels,
  type UncertaintyMaps,
  uncertaintyMaps,
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
