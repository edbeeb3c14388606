export { distanceTransform } from "./distance-transform.js";
export { evaluateMask, type MaskMetrics, organMask } from "./evaluate.js";
export { dice, type VolumesMl, volumesMl } from "./overlap.js";
export { type Summary, summary } from "./summary.js";
export { type SurfaceDistances, surfaceDistances, surfaceVoxels } from "./surface.js";
