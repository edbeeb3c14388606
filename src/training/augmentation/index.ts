export {
  type AugmentationSettings,
  applyAugmentation,
  augmentationSchema,
  type DrawnAugmentation,
  drawAugmentation,
} from "./augmentation.js";
export { mirroredAxes } from "./mirrored-axes.js";
export { intensityTransforms, spatialTransforms } from "./registry.js";
export type { IntensityTransform, SpatialTransform } from "./transform.js";
export { type PatchCut, type WarpedPatch, type WarpSource, warp } from "./warp.js";
