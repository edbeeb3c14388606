/**
 * Images as draws from one normal distribution a dataset, with a mean each and a covariance that they share.
 *
 * K. Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks", NeurIPS
 * 2018, eq. 1 and 2; the shared covariance is shrunk, because there are often fewer images than features.
 */
import { CholeskyDecomposition } from "ml-matrix";
import { meanOf } from "../base/column-mean.js";
import { ledoitWolf } from "./ledoit-wolf.js";

export interface GaussianClasses {
  readonly means: ReadonlyMap<string, Float64Array>;
  /** Cholesky factor L of the shared covariance L L^T, one row a feature; zero above the diagonal. */
  readonly lower: readonly (readonly number[])[];
  /** Smallest Mahalanobis distance to a class's mean: the root of the quadratic form, 0 or more. */
  distance(features: ArrayLike<number>): number;
}

/** Mahalanobis distance of features to a class's mean. @param lower as `GaussianClasses` has it */
export const mahalanobisDistance = (
  features: ArrayLike<number>,
  mean: Float64Array,
  lower: GaussianClasses["lower"],
): number => normOfSolution(lower, difference(features, mean));

/** Share of the features' mean variance that is added to each, so that a feature that never varied has an inverse. */
export const RIDGE = 1e-10;

/**
 * @param features one row an image, all of one length
 * @param classes the dataset of each image. Without two images of one class nothing is known of the covariance, and the
 *   distance is the Euclidean one.
 */
export function fitGaussianClasses(
  features: readonly Float64Array[],
  classes: readonly string[],
): GaussianClasses {
  const means = new Map(
    [...new Set(classes)].map((name) => [name, meanOf(features.filter((_, at) => classes[at] === name))]),
  );
  const residuals = features.map((row, at) => {
    const mean = means.get(classes[at]!)!;
    return row.map((value, feature) => value - mean[feature]!);
  });
  const { covariance, mu } = ledoitWolf(residuals);
  for (let a = 0; a < covariance.rows; a++) {
    covariance.set(a, a, mu > 0 ? covariance.get(a, a) + RIDGE * mu : 1);
  }
  const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix.to2DArray();
  // Zeros without a sign, as they are read from a file.
  const lower = factor.map((row) => row.map((value) => value + 0));
  return {
    means,
    lower,
    distance: (given) =>
      Math.min(...[...means.values()].map((mean) => mahalanobisDistance(given, mean, lower))),
  };
}

const difference = (a: ArrayLike<number>, b: Float64Array): Float64Array =>
  b.map((value, at) => a[at]! - value);

/** |L^-1 d| by forward substitution; overwrites `d`. */
function normOfSolution(lower: readonly (readonly number[])[], d: Float64Array): number {
  let squares = 0;
  for (let row = 0; row < d.length; row++) {
    const weights = lower[row]!;
    let value = d[row]!;
    for (let column = 0; column < row; column++) value -= weights[column]! * d[column]!;
    value /= weights[row]!;
    d[row] = value;
    squares += value * value;
  }
  return Math.sqrt(squares);
}
