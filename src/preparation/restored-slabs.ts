/** Values on the prepared grid brought back to the file's grid. */
import type { Grid, Volume } from "../volume/index.js";
import { restoreToOriginal } from "./preparation.js";

/** Where a prepared image lies in the file's grid. */
export interface Placement {
  /** Grid of the file. */
  readonly original: Grid;
}

/** Slices [firstSlice, firstSlice + slices) of the file's grid; data [channels x slices x nj x ni]. */
export interface Slab {
  readonly firstSlice: number;
  readonly slices: number;
  readonly data: Float32Array;
}

export function* restoredSlabs(
  values: Volume<Float32Array>,
  { original }: Placement,
  _outside: readonly number[],
): Generator<Slab> {
  yield { firstSlice: 0, slices: original.shape[2], data: restoreToOriginal(values, original).data };
}
