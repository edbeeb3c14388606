/**
 * Loss of resolution: voxels are averaged into longer ones, as a thicker slice or a coarser scan does, and those are
 * interpolated linearly back to the patch's own grid.
 */
import { z } from "zod";
import { bandedFilter, filterAlong, type LineFilter } from "./line-filter.js";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.15),
    factor: range(1, 16).default([1, 2]).meta({
      description: "how many times longer the voxels become, at the least and at the most",
      unit: "a factor; 1 changes nothing",
      change: "up where coarser scans than the training images are expected",
    }),
    axes: z.enum(["all", "random", "foot-head"]).default("all").meta({
      description:
        "which axes lose resolution: all alike, one at random, or always foot-head, through the planes of an axial scan",
      change: "to `foot-head` where scans differ in the thickness of their planes",
    }),
  })
  .describe("averages voxels into longer ones, as a coarser scan does");

export interface LowResolutionParameters {
  readonly factor: number;
  readonly axes: readonly (0 | 1 | 2)[];
}

export const lowResolution: IntensityTransform<typeof schema, LowResolutionParameters> = {
  schema,
  draw(settings, random) {
    if (!happens(settings, random)) return undefined;
    const factor = random.between(...settings.factor);
    const one = random.below(3) as 0 | 1 | 2;
    return { factor, axes: settings.axes === "all" ? [0, 1, 2] : settings.axes === "random" ? [one] : [2] };
  },
  apply(voxels, { factor, axes }, shape) {
    for (const axis of axes) {
      const cells = Math.max(1, Math.round(shape[axis] / factor));
      if (cells < shape[axis]) filterAlong(voxels, shape, axis, averageAndSpread(shape[axis], cells));
    }
  },
};

/** The line is cut into `cells` equal lengths, each averaged; every voxel lies between two of their centres. */
function averageAndSpread(voxels: number, cells: number): LineFilter {
  const length = voxels / cells;
  const matrix = new Float64Array(voxels * voxels);
  const addCell = (row: number, cell: number, share: number): void => {
    const low = cell * length;
    const high = low + length;
    for (let column = Math.floor(low); column < Math.min(voxels, high); column++) {
      const covered = Math.min(column + 1, high) - Math.max(column, low);
      matrix[row * voxels + column]! += (share * covered) / length;
    }
  };
  for (let row = 0; row < voxels; row++) {
    const position = Math.min(cells - 1, Math.max(0, (row + 0.5) / length - 0.5));
    const cell = Math.min(Math.floor(position), Math.max(0, cells - 2));
    addCell(row, cell, 1 - (position - cell));
    if (cell + 1 < cells) addCell(row, cell + 1, position - cell);
  }
  return bandedFilter(matrix, voxels);
}
