/**
 * Where a patch lies in its image.
 *
 * The origin is the image voxel [i, j, k] under the patch's first voxel. Along an axis on which the image is longer
 * than the patch, the patch stays inside the image; along a shorter one it covers the whole image and the origin is
 * zero or negative: the voxels outside are padding.
 */
import type { Random } from "../../base/index.js";
import type { Shape } from "../../volume/index.js";
import type { Foreground } from "./foreground.js";

/** Every place is equally likely. */
export function placeAnywhere(image: Shape, patch: Shape, random: Random): Shape {
  return eachAxis((axis) => {
    const room = image[axis]! - patch[axis]!;
    return Math.min(0, room) + random.below(Math.abs(room) + 1);
  });
}

/**
 * Centred on a random foreground voxel of a random organ, shifted by up to a quarter of the patch along each axis so
 * that the network does not learn that organs lie in the middle. The voxel is always inside the patch.
 */
export function placeNearForeground(
  image: Shape,
  patch: Shape,
  foreground: Foreground,
  random: Random,
): Shape {
  if (foreground.length === 0) return placeAnywhere(image, patch, random);
  const organ = foreground[random.below(foreground.length)]!;
  const voxel = coordinates(organ[random.below(organ.length)]!, image);
  return eachAxis((axis) => {
    const shift = Math.round(random.between(-0.25, 0.25) * patch[axis]!);
    return inside(voxel[axis]! - (patch[axis]! >> 1) + shift, image[axis]!, patch[axis]!);
  });
}

function inside(origin: number, size: number, patch: number): number {
  const room = size - patch;
  return Math.max(Math.min(0, room), Math.min(Math.max(0, room), origin));
}

function coordinates(voxel: number, [sizeI, sizeJ]: Shape): Shape {
  return [voxel % sizeI, Math.floor(voxel / sizeI) % sizeJ, Math.floor(voxel / (sizeI * sizeJ))];
}

function eachAxis(value: (axis: 0 | 1 | 2) => number): Shape {
  return [value(0), value(1), value(2)];
}
