/** Puts features of different units on one scale. */
import { meanOf } from "../base/column-mean.js";

/**
 * Takes the training images' mean from each feature and divides by their standard deviation (of the population, as
 * scikit-learn's StandardScaler); a feature that never varied is divided by 1.
 *
 * @param rows training images, one row each
 */
export function fitColumnScaling(
  rows: readonly Float64Array[],
): (features: ArrayLike<number>) => Float64Array {
  const mean = meanOf(rows);
  const deviation = mean.map((centre, at) => {
    const squares = rows.reduce((sum, row) => sum + (row[at]! - centre) ** 2, 0);
    const found = Math.sqrt(squares / rows.length);
    // What rounding leaves of a constant is no variation.
    return found > 1e-12 * Math.abs(centre) && found > 0 ? found : 1;
  });
  return (features) => mean.map((centre, at) => (features[at]! - centre) / deviation[at]!);
}
