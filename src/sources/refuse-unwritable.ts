import { isUsableAffine, type Volume, voxelCount } from "../volume/index.js";

/** @throws RangeError where the volume's parts do not fit each other: a defect of whoever made it */
export function refuseUnwritable({ shape, channels, data, affine }: Volume): void {
  if (data.length === voxelCount(shape) * channels && isUsableAffine(affine)) return;
  throw new RangeError(`a volume of ${shape} x ${channels} with ${data.length} voxels cannot be written`);
}
