/** Another number of voxels over the same field of view, to the value what nnU-Net's resampling gives. */
import { filterLine } from "./b-spline.js";
import { checkSize, gridOfShape, voxelCount } from "./grid.js";
import { writeTaps } from "./sampling.js";
import type { Shape, Volume } from "./volume.js";

/** An axis of a volume. */
export type Axis = 0 | 1 | 2;

/** Voxels that the edge's value goes on for, beyond which a cubic B-spline's coefficients feel nothing (as in SciPy). */
const EXTENSION = 12;

/**
 * Cubic B-spline through all voxels, the edge's value going on beyond the image, the result kept within the range of the
 * voxels: `skimage.transform.resize(order=3, mode="edge", anti_aliasing=False)`. Lines are filtered in double, volumes are
 * held in float32. All channels go along.
 *
 * @param separateAxis slices along this axis are resized each by itself, within its own range, and then the nearest one is
 *   taken: nnU-Net's way with images whose slices are thick
 * @throws UserError where the result would be too big
 */
export function resize(volume: Volume, shape: Shape, separateAxis?: Axis): Volume<Float32Array> {
  checkSize("resampling", shape, volume.channels);
  const perChannel = voxelCount(volume.shape);
  const data = new Float32Array(voxelCount(shape) * volume.channels);
  for (let channel = 0; channel < volume.channels; channel++) {
    const own = volume.data.subarray(channel * perChannel, (channel + 1) * perChannel);
    const values = Float32Array.from(own);
    data.set(resizeChannel(values, volume.shape, shape, separateAxis), channel * voxelCount(shape));
  }
  return { ...gridOfShape(volume, shape), channels: volume.channels, data };
}

function resizeChannel(
  values: Float32Array,
  from: Shape,
  to: Shape,
  separateAxis: Axis | undefined,
): Float32Array {
  const ranges = rangesOf(values, from, separateAxis);
  let [current, shape] = [values, from];
  for (const axis of [0, 1, 2] as const) {
    if (axis === separateAxis || shape[axis] === to[axis]) continue;
    current = alongAxis({ values: current, shape, axis }, to[axis], cubicLine);
    shape = withLength(shape, axis, to[axis]);
  }
  keepWithin(current, shape, ranges, separateAxis);
  if (separateAxis === undefined || shape[separateAxis] === to[separateAxis]) return current;
  return alongAxis({ values: current, shape, axis: separateAxis }, to[separateAxis], nearestLine);
}

const withLength = (shape: Shape, axis: Axis, length: number): Shape =>
  shape.map((own, at) => (at === axis ? length : own)) as unknown as Shape;

/** Where voxel n of `to` lies on an axis of `from` voxels over the same length. */
const placeOf = (n: number, from: number, to: number): number => ((n + 0.5) * from) / to - 0.5;

type LineFilter = (line: Float64Array, length: number, to: Float64Array) => void;

const nearestLine: LineFilter = (line, length, to) => {
  for (let n = 0; n < to.length; n++) {
    const nearest = Math.floor(placeOf(n, length, to.length) + 0.5);
    to[n] = line[Math.min(Math.max(nearest, 0), length - 1)]!;
  }
};

/** @param line with room for the extension at both ends; its values start at 0 */
const cubicLine: LineFilter = (line, length, to) => {
  const count = length + 2 * EXTENSION;
  line.copyWithin(EXTENSION, 0, length);
  line.fill(line[EXTENSION]!, 0, EXTENSION);
  line.fill(line[EXTENSION + length - 1]!, EXTENSION + length, count);
  filterLine(line, count);
  const taps = { indices: new Int32Array(4), weights: new Float64Array(4) };
  for (let n = 0; n < to.length; n++) {
    const place = placeOf(n, length, to.length) + EXTENSION;
    writeTaps({ interpolation: "cubic", count }, place, taps, 0);
    let sum = 0;
    for (let tap = 0; tap < 4; tap++) sum += taps.weights[tap]! * line[taps.indices[tap]!]!;
    to[n] = sum;
  }
};

interface Lines {
  readonly values: Float32Array;
  readonly shape: Shape;
  readonly axis: Axis;
}

/** One axis brought to `length` voxels, line by line. */
function alongAxis({ values, shape, axis }: Lines, length: number, filter: LineFilter): Float32Array {
  const own = shape[axis];
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const result = new Float32Array((values.length / own) * length);
  const line = new Float64Array(own + 2 * EXTENSION);
  const resized = new Float64Array(length);
  for (let block = 0; block < values.length / (stride * own); block++) {
    for (let offset = 0; offset < stride; offset++) {
      const first = block * stride * own + offset;
      for (let n = 0; n < own; n++) line[n] = values[first + n * stride]!;
      filter(line, own, resized);
      const target = block * stride * length + offset;
      for (let n = 0; n < length; n++) result[target + n * stride] = resized[n]!;
    }
  }
  return result;
}

interface Range {
  low: number;
  high: number;
}

/** Range of all voxels, or of each slice along an axis. */
function rangesOf(values: Float32Array, shape: Shape, axis: Axis | undefined): Range[] {
  const count = axis === undefined ? 1 : shape[axis];
  const ranges: Range[] = Array.from({ length: count }, () => ({
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
  }));
  const sliceOf = sliceAlong(shape, axis);
  for (let at = 0; at < values.length; at++) {
    const range = ranges[sliceOf(at)]!;
    const value = values[at]!;
    if (value < range.low) range.low = value;
    if (value > range.high) range.high = value;
  }
  return ranges;
}

function keepWithin(
  values: Float32Array,
  shape: Shape,
  ranges: readonly Range[],
  axis: Axis | undefined,
): void {
  const sliceOf = sliceAlong(shape, axis);
  for (let at = 0; at < values.length; at++) {
    const { low, high } = ranges[sliceOf(at)]!;
    values[at] = Math.min(high, Math.max(low, values[at]!));
  }
}

/** The slice along an axis that a voxel is of; 0 where slices do not matter. */
function sliceAlong(shape: Shape, axis: Axis | undefined): (voxel: number) => number {
  if (axis === undefined) return () => 0;
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  return (voxel) => Math.floor(voxel / stride) % shape[axis];
}
