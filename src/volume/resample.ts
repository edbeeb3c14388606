import { invertAffine, multiplyAffines } from "./affine.js";
import { splineCoefficients } from "./b-spline.js";
import { checkSize, voxelCount } from "./grid.js";
import { type AxisTable, alignedTables, isOnVoxels, sampleAligned } from "./resample-aligned.js";
import { sampleOblique } from "./resample-oblique.js";
import type { Axis } from "./resize.js";
import { extendOnAxis, type Interpolation, type Place, placeOnAxis } from "./sampling.js";
import type { Affine, Grid, Volume, VoxelArray } from "./volume.js";
import { arrayLike, checkStorable } from "./voxel-array.js";

/**
 * The volume's values at the voxel centres of another grid, by way of their places in the patient.
 *
 * - `nearest`: the nearest voxel's value; the kind of array stays. For labels prefer `resampleLabels`.
 * - `linear`: trilinear. Gives Float32Array.
 * - `cubic`: the cubic B-spline through all voxels (prefiltered, mirrored borders), as `scipy.ndimage.map_coordinates`
 *   with order 3 and mode "mirror"; it can overshoot the range of the voxels, and needs finite ones. Gives Float32Array.
 *
 * Within half a voxel around the outermost centres the edge's value is taken; farther out `outside` (default 0). There
 * is no smoothing before down-sampling. Samples that fall on voxel centres take their values unchanged, so the volume's
 * own grid, and every grid that is swapped, flipped or cropped from it, gives back exact voxels. All channels go along.
 *
 * When both grids' axes are parallel the work is separable and several times faster.
 *
 * @throws UserError when the target grid is too big, RangeError when an affine cannot be inverted or `outside` does not
 * fit into the volume's integers.
 */
export function resample<Data extends VoxelArray>(
  volume: Volume<Data>,
  target: Grid,
  interpolation: "nearest",
  outside?: number,
): Volume<Data>;
export function resample(
  volume: Volume,
  target: Grid,
  interpolation: "linear" | "cubic",
  outside?: number,
): Volume<Float32Array>;
export function resample(
  volume: Volume,
  target: Grid,
  interpolation: Interpolation,
  outside?: number,
): Volume;
export function resample(volume: Volume, target: Grid, interpolation: Interpolation, outside = 0): Volume {
  const voxelBytes = interpolation === "nearest" ? volume.data.BYTES_PER_ELEMENT : 4;
  checkSize("resampling", target.shape, volume.channels, voxelBytes);
  const length = voxelCount(target.shape) * volume.channels;
  const data = interpolation === "nearest" ? arrayLike(volume.data, length) : new Float32Array(length);
  checkStorable(data, outside, "value outside the image");

  const map = voxelMap(volume, target);
  const samples = { shape: target.shape, data };
  const options = { interpolation, place: placeOnAxis };
  const tables = alignedTables(map, volume.shape, target.shape, options);
  const coefficients = (): typeof volume => ({ ...volume, data: splineCoefficients(volume) });
  if (tables === undefined) {
    const source = interpolation === "cubic" ? coefficients() : volume;
    sampleOblique(source, map, samples, { interpolation, outside });
  } else if (isOnVoxels(tables)) {
    // On voxel centres every interpolation gives the voxel itself; nearest gives it without rounding.
    const nearest = { ...options, interpolation: "nearest" } as const;
    const exact = alignedTables(map, volume.shape, target.shape, nearest) as AxisTable[];
    sampleAligned(volume, exact, samples, outside);
  } else {
    sampleAligned(interpolation === "cubic" ? coefficients() : volume, tables, samples, outside);
  }
  return { shape: target.shape, affine: target.affine, channels: volume.channels, data };
}

/**
 * Trilinear values at the voxel centres of a grid whose axes run along the volume's own (swapped or turned round, with
 * any spacing); beyond the outermost voxels the edge's value goes on.
 *
 * @param nearestAlong the volume's axis along which the nearest voxel's value is taken instead (halves go up)
 * @throws RangeError where the axes are not parallel
 */
export function resampleExtended(volume: Volume, target: Grid, nearestAlong?: Axis): Volume<Float32Array> {
  checkSize("resampling", target.shape, volume.channels);
  const data = new Float32Array(voxelCount(target.shape) * volume.channels);
  const map = voxelMap(volume, target);
  const place: Place = (coordinate, count, axis) =>
    axis === nearestAlong
      ? extendOnAxis(Math.floor(coordinate + 0.5 + HALF_WAY), count)
      : extendOnAxis(coordinate, count);
  const options = { interpolation: "linear", place } as const;
  const tables = alignedTables(map, volume.shape, target.shape, options);
  if (tables === undefined) throw new RangeError("resampling: the grids' axes are not parallel");
  sampleAligned(volume, tables, { shape: target.shape, data }, 0);
  return { shape: target.shape, affine: target.affine, channels: volume.channels, data };
}

/** Coordinates this close below the middle between two voxels count as on it, so that rounding in affines changes no value. */
const HALF_WAY = 1e-6;

/** The affine from voxel indices of `target` to voxel coordinates of `source`. */
export function voxelMap(source: Grid, target: Grid): Affine {
  return multiplyAffines(invertAffine(source.affine), target.affine);
}
