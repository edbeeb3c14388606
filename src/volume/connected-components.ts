import { voxelCount } from "./grid.js";
import type { Shape, VoxelArray } from "./volume.js";

/** Pieces of a mask: see `connectedComponents`. */
export interface Components {
  /** For each voxel 0 (background) or the number of its piece, 1, 2, ... in the order of their first voxels. */
  readonly labels: Int32Array;
  /** `sizes[label]`: voxels with that label; `sizes[0]` is the background. */
  readonly sizes: number[];
}

/**
 * Pieces of the non-zero voxels of `mask` (first channel), joined over faces (6) or over faces, edges and corners (26).
 * Matches `scipy.ndimage.label`.
 *
 * Rows along the first axis are cut into runs of non-zero voxels; runs that touch one of an earlier row are joined
 * (union-find). There are far fewer runs than voxels, and the background is looked at once.
 */
export function connectedComponents(mask: VoxelArray, shape: Shape, connectivity: 6 | 26 = 26): Components {
  const count = voxelCount(shape);
  if (mask.length < count) throw new RangeError(`mask has ${mask.length} voxels, its shape ${count}`);
  const runs = findRuns(mask, shape);
  const parents = Int32Array.from({ length: runs.count }, (_, run) => run);
  joinRuns(runs, parents, shape, connectivity);

  const labels = new Int32Array(count);
  const sizes = [count];
  const labelOf = new Int32Array(runs.count);
  for (let run = 0; run < runs.count; run++) {
    // The root of a piece is its first run, so it has its label before any other run asks for it.
    const root = rootOf(parents, run);
    const label = root === run ? sizes.push(0) - 1 : labelOf[root]!;
    labelOf[run] = label;
    const [start, end] = [runs.starts[run]!, runs.ends[run]!];
    labels.fill(label, start, end);
    sizes[label]! += end - start;
    sizes[0]! -= end - start;
  }
  return { labels, sizes };
}

/** Runs of non-zero voxels along the first axis, in the order of voxels. */
interface Runs {
  readonly count: number;
  /** Index of the first voxel of each run. */
  readonly starts: Int32Array;
  /** Index after the last one. */
  readonly ends: Int32Array;
  /** Of each row its first run; one more at the end. */
  readonly ofRow: Int32Array;
}

function findRuns(mask: VoxelArray, [ni, nj, nk]: Shape): Runs {
  const ofRow = new Int32Array(nj * nk + 1);
  let starts = new Int32Array(1024);
  let ends = new Int32Array(1024);
  let count = 0;
  for (let row = 0; row < nj * nk; row++) {
    ofRow[row] = count;
    const last = (row + 1) * ni;
    for (let at = row * ni; at < last; at++) {
      if (!mask[at]) continue;
      if (count === starts.length) [starts, ends] = [twiceAsLong(starts), twiceAsLong(ends)];
      starts[count] = at;
      while (at < last && mask[at]) at++;
      ends[count++] = at;
    }
  }
  ofRow[nj * nk] = count;
  return { count, starts, ends, ofRow };
}

function twiceAsLong(values: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * values.length);
  longer.set(values);
  return longer;
}

/** Rows [dj, dk] whose voxels were seen before and touch a row's. */
const earlierRows = {
  6: [
    [-1, 0],
    [0, -1],
  ],
  26: [
    [-1, 0],
    [-1, -1],
    [0, -1],
    [1, -1],
  ],
} as const;

function joinRuns(runs: Runs, parents: Int32Array, [ni, nj, nk]: Shape, connectivity: 6 | 26): void {
  const { starts, ends, ofRow } = runs;
  // Over corners a run also touches the voxel before it and the one after it.
  const reach = connectivity === 26 ? 1 : 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const row = j + nj * k;
      if (ofRow[row] === ofRow[row + 1]) continue;
      for (const [dj, dk] of earlierRows[connectivity]) {
        if (j + dj < 0 || j + dj >= nj || k + dk < 0) continue;
        const other = row + dj + nj * dk;
        const apart = (row - other) * ni;
        let earlier = ofRow[other]!;
        for (let run = ofRow[row]!; run < ofRow[row + 1]!; run++) {
          const [from, to] = [starts[run]! - apart - reach, ends[run]! - apart + reach];
          while (earlier < ofRow[other + 1]! && ends[earlier]! <= from) earlier++;
          for (let one = earlier; one < ofRow[other + 1]! && starts[one]! < to; one++)
            join(parents, one, run);
        }
      }
    }
  }
}

function rootOf(parents: Int32Array, at: number): number {
  let current = at;
  while (parents[current]! !== current) {
    // Path halving keeps the trees flat.
    parents[current] = parents[parents[current]!]!;
    current = parents[current]!;
  }
  return current;
}

function join(parents: Int32Array, a: number, b: number): void {
  const first = rootOf(parents, a);
  const second = rootOf(parents, b);
  if (first < second) parents[second] = first;
  else parents[first] = second;
}
