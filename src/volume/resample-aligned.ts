import { type Interpolation, type Place, TAPS, type Taps, writeTaps } from "./sampling.js";
import type { Affine, Shape, Volume, VoxelArray } from "./volume.js";

/** For one axis of the target: which axis of the source runs along it, and the taps of each of its voxels. */
export interface AxisTable extends Taps {
  readonly sourceAxis: number;
  /** Source indices and weights for each voxel. */
  readonly taps: 1 | 2 | 4;
  /** Placed source coordinate of each voxel, NaN outside. */
  readonly places: Float64Array;
}

/** Off-axis motion over the whole target, in source voxels, below which axes count as parallel. */
const PARALLEL = 1e-4;

/**
 * Tables for the three target axes when each runs along one axis of the source, else undefined. `map` takes target
 * voxel indices to source voxel coordinates.
 */
export function alignedTables(
  map: Affine,
  sourceShape: Shape,
  targetShape: Shape,
  { interpolation, place }: { readonly interpolation: Interpolation; readonly place: Place },
): AxisTable[] | undefined {
  const taps = TAPS[interpolation];
  const tables: AxisTable[] = [];
  const used = new Set<number>();
  for (let axis = 0; axis < 3; axis++) {
    const count = targetShape[axis]!;
    const sourceAxis = [0, 1, 2].reduce((best, row) =>
      Math.abs(map[row * 4 + axis]!) > Math.abs(map[best * 4 + axis]!) ? row : best,
    );
    if (used.has(sourceAxis)) return undefined;
    used.add(sourceAxis);
    for (let row = 0; row < 3; row++) {
      if (row !== sourceAxis && Math.abs(map[row * 4 + axis]!) * (count - 1) > PARALLEL) return undefined;
    }
    const places = new Float64Array(count);
    const indices = new Int32Array(count * taps);
    const weights = new Float64Array(count * taps);
    const sourceCount = sourceShape[sourceAxis]!;
    const axisOfSource = { interpolation, count: sourceCount };
    for (let n = 0; n < count; n++) {
      const coordinate = map[sourceAxis * 4 + axis]! * n + map[sourceAxis * 4 + 3]!;
      const placed = place(coordinate, sourceCount, sourceAxis);
      places[n] = placed;
      if (!Number.isNaN(placed)) writeTaps(axisOfSource, placed, { indices, weights }, n * taps);
    }
    tables.push({ sourceAxis, taps, places, indices, weights });
  }
  return tables;
}

/** True when every voxel inside falls on a voxel centre of the source. */
export function isOnVoxels(tables: readonly AxisTable[]): boolean {
  return tables.every(({ places }) =>
    places.every((place) => Number.isNaN(place) || Number.isInteger(place)),
  );
}

/** Where samples go: an array of the shape's voxels for each channel. */
export interface SampleTarget {
  readonly shape: Shape;
  readonly data: VoxelArray;
}

/**
 * Fills `target` by sampling `source` axis by axis: for each target row the (at most 16) source rows that count are summed
 * into one, and that is sampled along the row. Voxels with weight 0 are not looked at, so a NaN reaches only samples
 * it contributes to.
 */
export function sampleAligned(
  source: Pick<Volume, "shape" | "channels" | "data">,
  tables: readonly AxisTable[],
  target: SampleTarget,
  outside: number,
): void {
  const { shape: sourceShape, channels, data: from } = source;
  const to = target.data;
  const [alongI, alongJ, alongK] = tables as [AxisTable, AxisTable, AxisTable];
  const strides = [1, sourceShape[0], sourceShape[0] * sourceShape[1]];
  const sourceCount = sourceShape[0] * sourceShape[1] * sourceShape[2];
  const [strideI, strideJ, strideK] = [alongI, alongJ, alongK].map(
    ({ sourceAxis }) => strides[sourceAxis]!,
  ) as [number, number, number];
  const taps = alongI.taps;
  const [ni, nj, nk] = target.shape;
  const row = new Float64Array(sourceShape[alongI.sourceAxis]!);
  const [first, last] = indexRange(alongI);

  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++, at += ni) {
        if (Number.isNaN(alongJ.places[j]!) || Number.isNaN(alongK.places[k]!) || last < first) {
          to.fill(outside, at, at + ni);
          continue;
        }
        row.fill(0, first, last + 1);
        for (let b = k * taps; b < (k + 1) * taps; b++) {
          for (let a = j * taps; a < (j + 1) * taps; a++) {
            const weight = alongJ.weights[a]! * alongK.weights[b]!;
            if (weight === 0) continue;
            let voxel =
              channel * sourceCount +
              alongJ.indices[a]! * strideJ +
              alongK.indices[b]! * strideK +
              first * strideI;
            for (let x = first; x <= last; x++, voxel += strideI) row[x] = row[x]! + weight * from[voxel]!;
          }
        }
        sampleRow(row, alongI, outside, to.subarray(at, at + ni));
      }
    }
  }
}

function indexRange({ indices, places, taps }: AxisTable): [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (let n = 0; n < places.length; n++) {
    if (Number.isNaN(places[n]!)) continue;
    for (let tap = n * taps; tap < (n + 1) * taps; tap++) {
      first = Math.min(first, indices[tap]!);
      last = Math.max(last, indices[tap]!);
    }
  }
  return [first, last];
}

function sampleRow(
  row: Float64Array,
  { taps, places, indices, weights }: AxisTable,
  outside: number,
  to: VoxelArray,
): void {
  for (let i = 0; i < to.length; i++) {
    if (Number.isNaN(places[i]!)) {
      to[i] = outside;
      continue;
    }
    let sum = 0;
    for (let tap = i * taps; tap < (i + 1) * taps; tap++) {
      const weight = weights[tap]!;
      if (weight !== 0) sum += weight * row[indices[tap]!]!;
    }
    to[i] = sum;
  }
}
