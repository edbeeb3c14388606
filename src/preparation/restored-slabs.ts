/** Values on the prepared grid brought back to the file's grid, some slices at a time. */
import {
  type Box,
  type Grid,
  resampleExtended,
  type Shape,
  shiftedGrid,
  type Vector,
  type Volume,
} from "../volume/index.js";
import type { Placement } from "./placement.js";

/** Slices `firstSlice` to `firstSlice + slices - 1` along the file's third axis. */
export interface Slab {
  readonly firstSlice: number;
  readonly slices: number;
  /** [channels x slices x nj x ni] */
  readonly data: Float32Array;
}

/** Values held at a time, all channels together: 64 MiB, or one slice where that is more. */
const VALUES_A_SLAB = 2 ** 24;

/**
 * Trilinear interpolation on the way back. Inside the part that the network saw every voxel has a value: the prepared
 * grid may end up to half of its voxels short of that part's faces, and there its outermost values are extended. Along thick slices the nearest one counts, where the placement says so.
 *
 * Memory does not depend on the number of slices, nor, beyond one slice, on the number of channels.
 *
 * @param outside for each channel, the value where the network saw nothing
 */
export function* restoredSlabs(
  values: Volume<Float32Array>,
  { original, seen, nearestAlong }: Placement,
  outside: readonly number[],
): Generator<Slab> {
  const [ni, nj, nk] = original.shape;
  const most = Math.max(1, Math.floor(VALUES_A_SLAB / (values.channels * ni * nj)));
  for (let firstSlice = 0; firstSlice < nk; firstSlice += most) {
    const slices = Math.min(most, nk - firstSlice);
    const slab = slabGrid(original, firstSlice, slices);
    const { data } = resampleExtended(values, slab, nearestAlong);
    fillOutside(data, { low: [0, 0, firstSlice], shape: slab.shape, seen }, outside);
    yield { firstSlice, slices, data };
  }
}

const slabGrid = (grid: Grid, firstSlice: number, slices: number): Grid =>
  shiftedGrid(grid, [0, 0, firstSlice], [grid.shape[0], grid.shape[1], slices]);

/** Part of a file's grid, and what the network saw of the whole. */
interface Part {
  readonly low: Vector;
  readonly shape: Shape;
  readonly seen: Box;
}

/** @param data [channels x shape[2] x shape[1] x shape[0]] of the part, changed in place */
export function fillOutside(
  data: Float32Array,
  { low: start, shape: [ni, nj, nk], seen }: Part,
  outside: readonly number[],
): void {
  const within = (corner: Vector): Vector =>
    [corner[0] - start[0], corner[1] - start[1], corner[2] - start[2]].map((at, axis) =>
      Math.min(Math.max(at, 0), [ni, nj, nk][axis]!),
    ) as unknown as Vector;
  const [low, high] = [within(seen.low), within(seen.high)];
  let row = 0;
  for (const value of outside) {
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++, row += ni) {
        if (k < low[2] || k >= high[2] || j < low[1] || j >= high[1]) {
          data.fill(value, row, row + ni);
          continue;
        }
        data.fill(value, row, row + low[0]);
        data.fill(value, row + high[0], row + ni);
      }
    }
  }
}
