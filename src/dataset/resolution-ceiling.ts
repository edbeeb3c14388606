/** What the prepared voxels cost, before any network: the reference brought to the prepared grid and back. */

import { labelVoxels } from "../labels/index.js";
import { type Placement, prepareLabels, restoredSlabs } from "../preparation/index.js";
import {
  applyAffine,
  type Box,
  boundingBox,
  crop,
  type Grid,
  invertAffine,
  multiplyAffines,
  type Shape,
  shiftedGrid,
  type Vector,
  type Volume,
} from "../volume/index.js";

/**
 * Dice coefficients, on the file's grid, of the reference with itself after it went to the prepared grid and back as targets and
 * probabilities do. A network that learnt its targets without a fault would reach them; one that is surer inside than at the
 * border may come a little higher. What was cropped away counts as lost.
 */
export interface ResolutionCeiling {
  /** Of all organs as one, which is what label mode `shared` finds. */
  readonly together: number;
  /** Of each organ; null where the file does not have it. */
  readonly organs: readonly (number | null)[];
}

/** Where an image is seen. */
export interface PreparedPlace {
  readonly grid: Grid;
  readonly placement: Placement;
}

/**
 * @param selected number of each voxel's organ, from 1, on the file's grid
 * @param organs how many there are
 */
export function resolutionCeiling(
  selected: Volume<Uint8Array>,
  organs: number,
  place: PreparedPlace,
): ResolutionCeiling {
  const of = (isOrgan: (value: number) => boolean): number | null => {
    const box = boundingBox(selected, isOrgan);
    return box === undefined ? null : ceilingOf(selected, { isOrgan, box }, place);
  };
  const each = Array.from({ length: organs }, (_, organ) => of((value) => value === organ + 1));
  const together = organs === 1 ? each[0]! : of((value) => value > 0);
  return { together: together ?? 1, organs: each };
}

interface Organ {
  readonly isOrgan: (value: number) => boolean;
  /** Around it. */
  readonly box: Box;
}

/** Only the organ and its surroundings are resampled: farther away there is background on both grids. */
function ceilingOf(selected: Volume<Uint8Array>, { isOrgan, box }: Organ, place: PreparedPlace): number {
  const { grid, placement } = place;
  const toFile = multiplyAffines(invertAffine(selected.affine), grid.affine);
  // Two prepared voxels around the organ, in voxels of the file.
  const margin = ([0, 1, 2] as const).map(
    (row) =>
      1 +
      Math.ceil(
        2 * (Math.abs(toFile[row * 4]!) + Math.abs(toFile[row * 4 + 1]!) + Math.abs(toFile[row * 4 + 2]!)),
      ),
  ) as unknown as Vector;
  const low = box.low.map((at, axis) => Math.max(0, at - margin[axis]!)) as unknown as Vector;
  const high = box.high.map((at, axis) =>
    Math.min(selected.shape[axis]!, at + margin[axis]!),
  ) as unknown as Vector;
  const cropped = crop(selected, low, high);
  const part = { ...cropped, data: cropped.data.map((value) => Number(isOrgan(value))) };
  const target = prepareLabels(part, partOf(grid, part));
  const values = { ...target, data: Float32Array.from(target.data) };
  const seen = { low: minus(placement.seen.low, low), high: minus(placement.seen.high, low) };
  let [both, sum, at] = [0, 0, 0];
  for (const { data } of restoredSlabs(values, { ...placement, original: part, seen }, [0])) {
    for (const label of labelVoxels(data, 1, "shared").labels) {
      const reference = part.data[at++]!;
      both += label & reference;
      sum += label + reference;
    }
  }
  return (2 * both) / sum;
}

const minus = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/** The voxels of a grid in and around another one, at least one. */
function partOf(grid: Grid, { shape, affine }: Grid): Grid {
  const map = multiplyAffines(invertAffine(grid.affine), affine);
  const corners = Array.from({ length: 8 }, (_, n) =>
    applyAffine(map, [n & 1 ? shape[0] - 1 : 0, n & 2 ? shape[1] - 1 : 0, n & 4 ? shape[2] - 1 : 0]),
  );
  const within = (at: number, axis: number): number => Math.min(Math.max(at, 0), grid.shape[axis]! - 1);
  const first = [0, 1, 2].map((axis) =>
    within(Math.floor(Math.min(...corners.map((corner) => corner[axis]!))) - 1, axis),
  );
  const last = [0, 1, 2].map((axis) =>
    within(Math.ceil(Math.max(...corners.map((corner) => corner[axis]!))) + 1, axis),
  );
  return shiftedGrid(
    grid,
    first as unknown as Vector,
    last.map((at, axis) => at - first[axis]! + 1) as unknown as Shape,
  );
}
