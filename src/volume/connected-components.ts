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
 * Matches `scipy.ndimage.label`. One sweep with union-find over the neighbours already seen, then one to number.
 */
export function connectedComponents(mask: VoxelArray, shape: Shape, connectivity: 6 | 26 = 26): Components {
  const count = voxelCount(shape);
  if (mask.length < count) throw new RangeError(`mask has ${mask.length} voxels, its shape ${count}`);
  const [ni, nj, nk] = shape;
  const parents = new Int32Array(count);
  const neighbours = earlierNeighbours(connectivity);

  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        if (!mask[at]) continue;
        parents[at] = at;
        for (const [di, dj, dk] of neighbours) {
          const x = i + di;
          const y = j + dj;
          const z = k + dk;
          if (x < 0 || x >= ni || y < 0 || y >= nj || z < 0) continue;
          const other = x + ni * (y + nj * z);
          if (mask[other]) join(parents, other, at);
        }
      }
    }
  }

  const labels = new Int32Array(count);
  const sizes = [0];
  for (let at = 0; at < count; at++) {
    let label = 0;
    if (mask[at]) {
      // The root of a piece is its first voxel, so it has its label before any other voxel asks for it.
      const root = rootOf(parents, at);
      label = root === at ? sizes.push(0) - 1 : labels[root]!;
    }
    labels[at] = label;
    sizes[label] = sizes[label]! + 1;
  }
  return { labels, sizes };
}

function earlierNeighbours(connectivity: 6 | 26): [number, number, number][] {
  if (connectivity === 6) {
    return [
      [-1, 0, 0],
      [0, -1, 0],
      [0, 0, -1],
    ];
  }
  const all: [number, number, number][] = [];
  for (let dk = -1; dk <= 0; dk++) {
    for (let dj = -1; dj <= 1; dj++) {
      for (let di = -1; di <= 1; di++) if (di + 3 * dj + 9 * dk < 0) all.push([di, dj, dk]);
    }
  }
  return all;
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
