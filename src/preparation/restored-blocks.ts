/** Values that arrive some slices of the prepared grid at a time, brought back to the file's grid as they come. */
import {
  type Axis,
  applyAffine,
  type Grid,
  invertAffine,
  multiplyAffines,
  resampleExtended,
  type Shape,
  shiftedGrid,
  type Vector,
  type Volume,
  voxelCount,
} from "../volume/index.js";
import type { Placement } from "./placement.js";
import { fillOutside, type Slab } from "./restored-slabs.js";

/** A box of the file's grid. */
export interface RestoredBlock {
  readonly low: Vector;
  readonly shape: Shape;
  /** [channels x shape[2] x shape[1] x shape[0]] */
  readonly data: Float32Array;
}

/** Values held at a time, all channels together: 64 MiB, or one row of voxels where that is more. */
const VALUES_A_BLOCK = 2 ** 24;

/** What arrives, and the grid that it is part of. */
export interface PreparedSlabs {
  readonly grid: Grid;
  readonly channels: number;
  /** All slices along the third axis, from the first on, without gaps. */
  readonly slabs: AsyncIterable<Slab>;
}

/**
 * As `restoredSlabs`, of values that are never all in memory. Blocks come in the order of the prepared slices, which may
 * run along any axis of the file; together they are the file's grid, each voxel once.
 *
 * @param outside for each channel, the value where the network saw nothing
 */
export async function* restoredBlocks(
  { grid, channels, slabs }: PreparedSlabs,
  placement: Placement,
  outside: readonly number[],
): AsyncGenerator<RestoredBlock> {
  const { original, nearestAlong } = placement;
  const along = fileAxisOf(grid, original);
  let done = 0;
  let carried: Slab | undefined;
  for await (const slab of slabs) {
    const held = carried === undefined ? slab : joined(carried, slab, channels);
    const last = held.firstSlice + held.slices - 1;
    const end = last === grid.shape[2] - 1 ? along.length : along.countBelow(last);
    const values: Volume<Float32Array> = {
      ...shiftedGrid(grid, [0, 0, held.firstSlice], [grid.shape[0], grid.shape[1], held.slices]),
      channels,
      data: held.data,
    };
    for (const { low, shape } of blocksOf(original, { ...along, done, end }, channels)) {
      const { data } = resampleExtended(values, shiftedGrid(original, low, shape), nearestAlong);
      fillOutside(data, { low, shape, seen: placement.seen }, outside);
      yield { low, shape, data };
    }
    done = Math.max(done, end);
    carried = lastSliceOf(held, channels);
  }
}

interface FileAxis {
  readonly axis: Axis;
  readonly length: number;
  /** Whether it runs the other way than the prepared slices. */
  readonly reversed: boolean;
  /** How many of the axis's voxels, in the order of the prepared slices, lie before a prepared slice's centre. */
  countBelow(slice: number): number;
}

/** The axis of the file that the prepared slices are stacked along. */
function fileAxisOf(prepared: Grid, original: Grid): FileAxis {
  const map = multiplyAffines(invertAffine(prepared.affine), original.affine);
  const steps = [map[8]!, map[9]!, map[10]!];
  const axis = ([0, 1, 2] as const).reduce((best, other) =>
    Math.abs(steps[other]!) > Math.abs(steps[best]!) ? other : best,
  );
  const length = original.shape[axis];
  const reversed = steps[axis]! < 0;
  const start = applyAffine(map, [0, 0, 0])[2];
  const placeOf = (n: number): number => start + steps[axis]! * (reversed ? length - 1 - n : n);
  const countBelow = (slice: number): number => {
    let count = 0;
    while (count < length && placeOf(count) < slice) count++;
    return count;
  };
  return { axis, length, reversed, countBelow };
}

/** The part of the file between two counts along an axis, in boxes of bounded size. */
function* blocksOf(
  { shape }: Grid,
  { axis, length, reversed, done, end }: FileAxis & { readonly done: number; readonly end: number },
  channels: number,
): Generator<{ low: Vector; shape: Shape }> {
  if (end <= done) return;
  const low: [number, number, number] = [0, 0, 0];
  const size: [number, number, number] = [...shape];
  low[axis] = reversed ? length - end : done;
  size[axis] = end - done;
  yield* halved(low, size, channels);
}

function* halved(low: Vector, shape: Shape, channels: number): Generator<{ low: Vector; shape: Shape }> {
  const axis = shape[2] > 1 ? 2 : 1;
  if (voxelCount(shape) * channels <= VALUES_A_BLOCK || shape[axis] === 1) {
    yield { low, shape };
    return;
  }
  const half = Math.floor(shape[axis] / 2);
  const replaced = (of: Vector, value: number): Vector =>
    of.map((own, at) => (at === axis ? value : own)) as unknown as Vector;
  yield* halved(low, replaced(shape, half), channels);
  yield* halved(replaced(low, low[axis] + half), replaced(shape, shape[axis] - half), channels);
}

function lastSliceOf({ firstSlice, slices, data }: Slab, channels: number): Slab {
  const slice = data.length / (slices * channels);
  const last = new Float32Array(channels * slice);
  for (let channel = 0; channel < channels; channel++) {
    const end = (channel + 1) * slices * slice;
    last.set(data.subarray(end - slice, end), channel * slice);
  }
  return { firstSlice: firstSlice + slices - 1, slices: 1, data: last };
}

/** Two slabs that follow one another as one. */
function joined(before: Slab, after: Slab, channels: number): Slab {
  const [first, second] = [before.data.length / channels, after.data.length / channels];
  const data = new Float32Array(before.data.length + after.data.length);
  for (let channel = 0; channel < channels; channel++) {
    const at = channel * (first + second);
    data.set(before.data.subarray(channel * first, (channel + 1) * first), at);
    data.set(after.data.subarray(channel * second, (channel + 1) * second), at + first);
  }
  return { firstSlice: before.firstSlice, slices: before.slices + after.slices, data };
}
