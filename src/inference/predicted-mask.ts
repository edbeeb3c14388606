/** What a prediction says of itself as a whole: how much it found, in how many pieces, and where it doubts. */
import { connectedComponents, determinantOf, type Grid, type Shape, voxelCount } from "../volume/index.js";
import type { VoxelReading } from "./uncertainty.js";

export interface PredictedMask {
  /** mm3 that have a label. */
  readonly volume: number;
  /** Pieces that hang together, over corners too, whatever their labels. */
  readonly components: number;
  /** Mean entropy of the voxels away from the mask's boundary, inside and outside, nats: see `nonBoundaryMean`. */
  readonly nonBoundaryEntropy: number;
  /** Mean entropy of the most doubtful patch of 10 x 10 x 10 voxels, nats: see `largestPatchMean`. */
  readonly patchEntropy: number;
}

/** Voxels along an edge of a patch, as Kahl et al. 2024 and Zenk et al. 2025 chose it. */
const PATCH = 10;

/** @param reading of one prediction of one image on this grid */
export function predictedMask({ shape, affine }: Grid, { labels, maps }: VoxelReading): PredictedMask {
  const found = labels.map((label) => (label > 0 ? 1 : 0));
  const { sizes } = connectedComponents(found, shape);
  return {
    volume: (found.length - sizes[0]!) * Math.abs(determinantOf(affine)),
    components: sizes.length - 1,
    nonBoundaryEntropy: nonBoundaryMean(maps.entropy, labels, shape),
    patchEntropy: largestPatchMean(maps.entropy, shape, PATCH),
  };
}

/**
 * Mean over the voxels whose label is that of all their neighbours by faces: every mask is unsure along its boundary, an
 * unsure inside or outside says more (Zenk et al. 2025). The guard's doubt, `InteriorEntropy`, looks inside the mask alone, so that
 * its figure does not depend on how much sure background an image shows; this one is the opponent as it was published. Matches the mean outside `skimage.segmentation.find_boundaries` of
 * its defaults; over all voxels where every one lies on a boundary.
 *
 * @param map a number a voxel
 * @param labels a label a voxel
 */
export function nonBoundaryMean(map: Float32Array, labels: Uint8Array, [ni, nj, nk]: Shape): number {
  let [sum, count, all] = [0, 0, 0];
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        all += map[at]!;
        const own = labels[at];
        const differs =
          (i > 0 && labels[at - 1] !== own) ||
          (i + 1 < ni && labels[at + 1] !== own) ||
          (j > 0 && labels[at - ni] !== own) ||
          (j + 1 < nj && labels[at + ni] !== own) ||
          (k > 0 && labels[at - ni * nj] !== own) ||
          (k + 1 < nk && labels[at + ni * nj] !== own);
        if (differs) continue;
        sum += map[at]!;
        count++;
      }
    }
  }
  return count === 0 ? all / map.length : sum / count;
}

/**
 * The largest mean over a cube of `edge` voxels that lies inside the image (Kahl et al., "ValUES", ICLR 2024, patch-level
 * aggregation). Where the image is thinner than a cube, the cube is as thin.
 */
export function largestPatchMean(map: Float32Array, shape: Shape, edge: number): number {
  let sums = Float64Array.from(map);
  let left: [number, number, number] = [...shape];
  let cube = 1;
  for (const axis of [0, 1, 2] as const) {
    const length = Math.min(edge, left[axis]);
    cube *= length;
    const narrower: [number, number, number] = [...left];
    narrower[axis] = left[axis] - length + 1;
    sums = movingSums(sums, left, axis, length);
    left = narrower;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (const sum of sums) largest = Math.max(largest, sum);
  return largest / cube;
}

/** Sums of `length` values in a row along one axis, as many as fit. */
function movingSums(
  values: Float64Array,
  shape: Shape,
  axis: 0 | 1 | 2,
  length: number,
): Float64Array<ArrayBuffer> {
  const before = shape.slice(0, axis).reduce((product, size) => product * size, 1);
  const size = shape[axis];
  const kept = size - length + 1;
  const lines = voxelCount(shape) / size;
  const sums = new Float64Array(lines * kept);
  for (let line = 0; line < lines; line++) {
    const [outer, inner] = [Math.floor(line / before), line % before];
    const from = outer * size * before + inner;
    const to = outer * kept * before + inner;
    let sum = 0;
    for (let at = 0; at < size; at++) {
      sum += values[from + at * before]!;
      if (at >= length) sum -= values[from + (at - length) * before]!;
      if (at >= length - 1) sums[to + (at - length + 1) * before] = sum;
    }
  }
  return sums;
}
