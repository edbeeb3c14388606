/** Values of one window added to those of the image. */
import { UserError } from "../base/index.js";
import { voxelCount } from "../volume/index.js";
import type { BlendWeights } from "./gaussian-blend.js";
import type { Window, Windows } from "./window-plan.js";
import type { PredictedSlab, WindowRows } from "./window-rows.js";

/** A slab whose last channel holds the sums of weights, without it and divided by it. */
export function divided({ firstSlice, slices, data }: PredictedSlab, channels: number): PredictedSlab {
  const voxels = data.length / (channels + 1);
  const [values, sums] = [data.subarray(0, channels * voxels), data.subarray(channels * voxels)];
  for (let channel = 0; channel < channels; channel++) {
    const own = values.subarray(channel * voxels, (channel + 1) * voxels);
    for (let voxel = 0; voxel < voxels; voxel++) own[voxel]! /= sums[voxel]!;
  }
  return { firstSlice, slices, data: values };
}

/**
 * Adds one window, weighted, to the image; what lies in the padding is left out. Weights that do not add up to one are added
 * to one more channel of the rows.
 *
 * @param values [channels x voxels of the window]
 * @throws UserError where they are not finite
 */
export function addWindow(
  values: Float32Array,
  { shape, data: into, depth: held, firstSlice }: WindowRows,
  { index, origin, size }: Window & Pick<Windows, "size">,
  weights: BlendWeights,
): void {
  const [ni, nj, nk] = shape;
  // A window that is larger than the image may begin before it.
  const [si, sj, sk] = origin.map((start) => Math.max(0, -start)) as [number, number, number];
  const width = Math.min(size[0], ni - origin[0]);
  const height = Math.min(size[1], nj - origin[1]);
  const depth = Math.min(size[2], nk - origin[2]);
  const channels = values.length / voxelCount(size);
  let check = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let k = sk; k < depth; k++) {
      for (let j = sj; j < height; j++) {
        const { scale, values: row, start } = weights.row(index, j, k);
        const from = size[0] * (j + size[1] * (k + size[2] * channel));
        const to = origin[0] + ni * (origin[1] + j + nj * (origin[2] - firstSlice + k + held * channel));
        for (let i = si; i < width; i++) {
          const value = values[from + i]!;
          check += value - value;
          into[to + i]! += scale * row[start + i]! * value;
        }
      }
    }
  }
  if (!weights.normalised) addWeights();
  // A difference of equal numbers is zero unless the number is infinite or no number.
  if (check !== 0) {
    throw new UserError({
      subject: "the model's output",
      found: "values that are not finite",
      expected: "finite logits",
      advice: "Check the image for NaN or extreme intensities, and the model's weights.",
    });
  }

  function addWeights(): void {
    for (let k = sk; k < depth; k++) {
      for (let j = sj; j < height; j++) {
        const { scale, values: row, start } = weights.row(index, j, k);
        const to = origin[0] + ni * (origin[1] + j + nj * (origin[2] - firstSlice + k + held * channels));
        for (let i = si; i < width; i++) into[to + i]! += scale * row[start + i]!;
      }
    }
  }
}
