import { type Box, type Shape, type Vector, voxelCount } from "../volume/index.js";
import { squaredDistancesOf } from "./distance-transform.js";
import { checkLengths } from "./overlap.js";

/** Distances between the surfaces of two masks, in mm. */
export interface SurfaceDistances {
  /** 95th-percentile Hausdorff distance. */
  readonly hd95: number;
  /** Average symmetric surface distance. */
  readonly assd: number;
  /** Hausdorff distance: the largest of all. */
  readonly hausdorff: number;
}

/**
 * Surface distances of two masks (non-zero is inside) on one grid.
 *
 * - The *surface* of a mask is the mask less its erosion over the six face neighbours; what lies outside the image is
 *   background, so a mask cut by the image's border has a surface there. Distances run between voxel centres.
 * - The *directed* distances are those of each surface voxel of one mask to the nearest surface voxel of the other.
 * - `hausdorff` is the larger of the two directed maxima, `hd95` the larger of the two directed 95th percentiles (linear
 *   interpolation between order statistics, NumPy's default), `assd` the mean over both directions' distances together.
 *
 * These are the definitions of MONAI (`HausdorffDistanceMetric(percentile=95)`, `SurfaceDistanceMetric(symmetric=True)`).
 * MedPy's `hd95` and `assd` differ: it pools both directions before the percentile, and averages the two directed means.
 *
 * Empty masks: both empty, the surfaces agree and all three are 0 (MONAI: NaN). One empty, there is no distance: NaN
 * (MONAI: infinity); report how often that happens beside any mean, `summary` counts it.
 *
 * @param spacing mm along the three axes
 * @throws RangeError when lengths, shape or spacing do not fit together
 */
export function surfaceDistances(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Shape,
  spacing: Vector,
): SurfaceDistances {
  checkLengths(prediction, reference);
  if (prediction.length !== voxelCount(shape)) {
    throw new RangeError(`masks have ${prediction.length} voxels, their shape ${voxelCount(shape)}`);
  }
  const box = jointBox(prediction, reference, shape);
  if (!box) return { hd95: 0, assd: 0, hausdorff: 0 };

  // Nothing outside the joint box matters: surfaces lie inside it, and so does the nearest surface voxel of any of them.
  const boxShape: Shape = [box.high[0] - box.low[0], box.high[1] - box.low[1], box.high[2] - box.low[2]];
  const predicted = surfaceVoxels(cut(prediction, shape, box), boxShape);
  const expected = surfaceVoxels(cut(reference, shape, box), boxShape);
  const forth = directedDistances(predicted, expected, boxShape, spacing);
  const back = directedDistances(expected, predicted, boxShape, spacing);
  if (forth.length === 0 || back.length === 0) {
    return { hd95: Number.NaN, assd: Number.NaN, hausdorff: Number.NaN };
  }
  return {
    hd95: Math.max(percentileOfSorted(forth, 95), percentileOfSorted(back, 95)),
    assd: (sum(forth) + sum(back)) / (forth.length + back.length),
    hausdorff: Math.max(forth[forth.length - 1]!, back[back.length - 1]!),
  };
}

/** The surface of a mask: 1 where a voxel is inside and one of its six face neighbours is not, or is outside the image. */
export function surfaceVoxels(mask: Uint8Array, shape: Shape): Uint8Array {
  const [ni, nj, nk] = shape;
  const slice = ni * nj;
  const surface = new Uint8Array(mask.length);
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const border = k === 0 || k === nk - 1 || j === 0 || j === nj - 1;
      for (let i = 0; i < ni; i++, at++) {
        if (!mask[at]) continue;
        const buried =
          !border &&
          i > 0 &&
          i < ni - 1 &&
          mask[at - 1] &&
          mask[at + 1] &&
          mask[at - ni] &&
          mask[at + ni] &&
          mask[at - slice] &&
          mask[at + slice];
        if (!buried) surface[at] = 1;
      }
    }
  }
  return surface;
}

/** Distances (mm) of the voxels of one surface to the other, smallest first; empty when either surface is. */
function directedDistances(from: Uint8Array, to: Uint8Array, shape: Shape, spacing: Vector): Float64Array {
  if (!to.includes(1)) return new Float64Array();
  const distances = squaredDistancesOf(from, to, shape, spacing).sort();
  for (let at = 0; at < distances.length; at++) distances[at] = Math.sqrt(distances[at]!);
  return distances;
}

/** The smallest box that holds both masks; undefined when both are empty. */
function jointBox(a: Uint8Array, b: Uint8Array, shape: Shape): Box | undefined {
  const [ni, nj, nk] = shape;
  const low: [number, number, number] = [ni, nj, nk];
  const high: [number, number, number] = [0, 0, 0];
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const start = ni * (j + nj * k);
      let first = 0;
      while (first < ni && !a[start + first] && !b[start + first]) first++;
      if (first === ni) continue;
      let last = ni - 1;
      while (!a[start + last] && !b[start + last]) last--;
      low[0] = Math.min(low[0], first);
      high[0] = Math.max(high[0], last + 1);
      low[1] = Math.min(low[1], j);
      high[1] = Math.max(high[1], j + 1);
      low[2] = Math.min(low[2], k);
      high[2] = k + 1;
    }
  }
  return high[0] === 0 ? undefined : { low, high };
}

function cut(mask: Uint8Array, shape: Shape, { low, high }: Box): Uint8Array {
  const [ni, nj] = shape;
  const width = high[0] - low[0];
  const part = new Uint8Array(width * (high[1] - low[1]) * (high[2] - low[2]));
  let at = 0;
  for (let k = low[2]; k < high[2]; k++) {
    for (let j = low[1]; j < high[1]; j++, at += width) {
      const start = low[0] + ni * (j + nj * k);
      part.set(mask.subarray(start, start + width), at);
    }
  }
  return part;
}

/** Linear interpolation between the two nearest order statistics (NumPy's default). */
function percentileOfSorted(sorted: Float64Array, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at]!;
  return total;
}
