import { checkSize, shiftedGrid, voxelCount } from "./grid.js";
import type { Shape, Vector, Volume, VoxelArray } from "./volume.js";
import { arrayLike, checkStorable } from "./voxel-array.js";

/**
 * The half-open voxel box [low, high) of a volume, all channels; every voxel stays where it is in the patient. Throws
 * RangeError when the box is empty, not whole or reaches outside: `pad` first for that.
 */
export function crop<Data extends VoxelArray>(volume: Volume<Data>, low: Vector, high: Vector): Volume<Data> {
  for (let axis = 0; axis < 3; axis++) {
    const [from, to] = [low[axis]!, high[axis]!];
    const whole = Number.isInteger(from) && Number.isInteger(to);
    if (!whole || from < 0 || to <= from || to > volume.shape[axis]!) {
      throw new RangeError(
        `crop [${low}) to [${high}) is not a box inside ${volume.shape.join(" x ")} voxels`,
      );
    }
  }
  const shape: Shape = [high[0] - low[0], high[1] - low[1], high[2] - low[2]];
  const data = arrayLike(volume.data, voxelCount(shape) * volume.channels);
  copyBox({ ...volume, low }, { data, shape, low: [0, 0, 0] }, shape, volume.channels);
  return { ...shiftedGrid(volume, low, shape), channels: volume.channels, data };
}

/**
 * A volume with `before` and `after` more voxels along each axis, filled with `value`; every old voxel stays where it is
 * in the patient.
 */
export function pad<Data extends VoxelArray>(
  volume: Volume<Data>,
  before: Vector,
  after: Vector,
  value = 0,
): Volume<Data> {
  if (![...before, ...after].every((count) => Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`pad by [${before}] and [${after}]: whole numbers from 0 are expected`);
  }
  checkStorable(volume.data, value, "padding value");
  const shape: Shape = [
    volume.shape[0] + before[0] + after[0],
    volume.shape[1] + before[1] + after[1],
    volume.shape[2] + before[2] + after[2],
  ];
  checkSize("padding", shape, volume.channels, volume.data.BYTES_PER_ELEMENT);
  const data = arrayLike(volume.data, voxelCount(shape) * volume.channels);
  if (value !== 0) data.fill(value);
  copyBox({ ...volume, low: [0, 0, 0] }, { data, shape, low: before }, volume.shape, volume.channels);
  const grid = shiftedGrid(volume, [-before[0], -before[1], -before[2]], shape);
  return { ...grid, channels: volume.channels, data };
}

/** Where a box lies in an array of voxels. */
interface Corner {
  readonly data: VoxelArray;
  readonly shape: Shape;
  /** The box's first voxel. */
  readonly low: Vector;
}

/** Copies a box of `size` voxels, row by row, all channels. */
function copyBox(from: Corner, to: Corner, size: Shape, channels: number): void {
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        const source = rowStart(from, j, k, channel);
        to.data.set(from.data.subarray(source, source + size[0]), rowStart(to, j, k, channel));
      }
    }
  }
}

function rowStart({ shape, low }: Corner, j: number, k: number, channel: number): number {
  return low[0] + shape[0] * (low[1] + j + shape[1] * (low[2] + k + shape[2] * channel));
}
