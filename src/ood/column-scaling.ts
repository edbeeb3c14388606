/** Puts features of different units on one scale. */
import { meanOf } from "../base/column-mean.js";

/** Of each feature what is taken away, and what the rest is divided by. */
export interface ColumnScaling {
  readonly centre: Float64Array;
  readonly deviation: Float64Array;
}

/**
 * The training images' mean of each feature and their standard deviation (of the population, as scikit-learn's
 * StandardScaler); 1 for a feature that never varied.
 *
 * @param rows training images, one row each
 */
export function fitColumnScaling(rows: readonly Float64Array[]): ColumnScaling {
  const centre = meanOf(rows);
  const deviation = centre.map((mean, at) => {
    const squares = rows.reduce((sum, row) => sum + (row[at]! - mean) ** 2, 0);
    const found = Math.sqrt(squares / rows.length);
    // What rounding leaves of a constant is no variation.
    return found > 1e-12 * Math.abs(mean) && found > 0 ? found : 1;
  });
  return { centre, deviation };
}

export const scaleColumns = ({ centre, deviation }: ColumnScaling, row: ArrayLike<number>): Float64Array =>
  centre.map((mean, at) => (row[at]! - mean) / deviation[at]!);
