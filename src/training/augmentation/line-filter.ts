/**
 * A linear filter along one axis: every output voxel is a weighted sum of a run of input voxels on its own line.
 * The weights of each output voxel are its own, so borders are part of the filter and cost nothing.
 */
import type { Shape } from "../../volume/index.js";

export interface LineFilter {
  /** Input voxels under each output voxel. */
  readonly taps: number;
  /** First input voxel of each output voxel; first + taps stays within the line. */
  readonly first: Int32Array;
  /** `taps` weights for each output voxel. */
  readonly weights: Float64Array;
}

/** @param matrix one row of `voxels` weights for each of `voxels` output voxels, zero away from the diagonal */
export function bandedFilter(matrix: Float64Array, voxels: number): LineFilter {
  const bounds = Array.from({ length: voxels }, (_, row) => {
    const weights = matrix.subarray(row * voxels, (row + 1) * voxels);
    return [weights.findIndex((weight) => weight !== 0), weights.findLastIndex((weight) => weight !== 0)];
  }) as [number, number][];
  const taps = Math.max(...bounds.map(([low, high]) => high - low + 1));
  const first = Int32Array.from(bounds, ([low]) => Math.min(low, voxels - taps));
  const weights = new Float64Array(voxels * taps);
  for (let row = 0; row < voxels; row++) {
    for (let tap = 0; tap < taps; tap++) {
      weights[row * taps + tap] = matrix[row * voxels + first[row]! + tap]!;
    }
  }
  return { taps, first, weights };
}

/** Filters one channel in place along axis 0, 1 or 2. */
export function filterAlong(voxels: Float32Array, shape: Shape, axis: 0 | 1 | 2, filter: LineFilter): void {
  const { taps, first, weights } = filter;
  const stride = axis === 0 ? 1 : axis === 1 ? shape[0] : shape[0] * shape[1];
  const count = shape[axis];
  const block = stride * count;
  const copy = new Float32Array(block);
  for (let start = 0; start < voxels.length; start += block) {
    copy.set(voxels.subarray(start, start + block));
    if (stride === 1) {
      for (let row = 0; row < count; row++) {
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) sum += weights[row * taps + tap]! * copy[first[row]! + tap]!;
        voxels[start + row] = sum;
      }
    } else {
      for (let row = 0; row < count; row++) {
        const out = start + row * stride;
        voxels.fill(0, out, out + stride);
        for (let tap = 0; tap < taps; tap++) {
          const weight = weights[row * taps + tap]!;
          const from = (first[row]! + tap) * stride;
          for (let n = 0; n < stride; n++) voxels[out + n]! += weight * copy[from + n]!;
        }
      }
    }
  }
}
