export {
  affineFromSpacing,
  applyAffine,
  determinantOf,
  invertAffine,
  isUsableAffine,
  multiplyAffines,
  nearestRotation,
  spacingOf,
} from "./affine.js";
export { type AnatomicalAxis, anatomicalAxes } from "./anatomical-axes.js";
export { type Box, boundingBox } from "./bounding-box.js";
export { channelOf } from "./channel.js";
export { coarsen } from "./coarsen.js";
export { type Components, connectedComponents } from "./connected-components.js";
export { crop, pad } from "./crop.js";
export {
  checkSize,
  gridOfShape,
  gridWithSpacing,
  MAX_BYTES,
  MAX_VOXELS,
  sameGrid,
  shiftedGrid,
  voxelCount,
} from "./grid.js";
export { describeGridDifference, sameFileGrid, turnedOnto } from "./grid-difference.js";
export {
  type Modality,
  modalities,
  modalityOfEachChannel,
  modalityText,
  shortestModality,
} from "./modality.js";
export { orientationOf, reorient } from "./orientation.js";
export { percentilesOf } from "./percentiles.js";
export { resample, resampleExtended } from "./resample.js";
export { resampleLabels } from "./resample-labels.js";
export { type Axis, resize } from "./resize.js";
export type { Interpolation } from "./sampling.js";
export type { Affine, Grid, Shape, Vector, Volume, VoxelArray } from "./volume.js";
export { arrayLike, isIntegerArray } from "./voxel-array.js";
