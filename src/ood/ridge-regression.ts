/**
 * Linear regression with a penalty on the weights' squares, which the data choose: that of the least leave-one-out error.
 * Matches `sklearn.linear_model.RidgeCV` on standardised columns.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { meanOf } from "../base/column-mean.js";

/** Penalties that are tried, as a number of images that pull every weight towards zero. */
export const PENALTIES = [0.001, 0.01, 0.1, 1, 10, 100, 1000];

export interface RidgeRegression {
  readonly penalty: number;
  predict(features: ArrayLike<number>): number;
}

/**
 * @param rows one an image, all of one length, on comparable scales; the intercept is not penalised
 * @param targets one an image
 */
export function fitRidge(rows: readonly Float64Array[], targets: ArrayLike<number>): RidgeRegression {
  const mean = meanOf(rows);
  const intercept = rows.reduce((sum, _, at) => sum + targets[at]!, 0) / rows.length;
  const centred = new Matrix(rows.map((row) => [...row.map((value, at) => value - mean[at]!)]));
  const transposed = centred.transpose();
  const scatter = transposed.mmul(centred);
  const rest = Matrix.columnVector(rows.map((_, at) => targets[at]! - intercept));
  const candidates = PENALTIES.map((penalty) => {
    const penalised = Matrix.eye(mean.length).mul(penalty).add(scatter);
    const inverse = new CholeskyDecomposition(penalised).solve(transposed);
    const weights = inverse.mmul(rest);
    return { penalty, weights, error: leaveOneOutError(centred, inverse, rest, weights) };
  });
  const best = candidates.reduce((least, one) => (one.error < least.error ? one : least));
  const weights = best.weights.to1DArray();
  return {
    penalty: best.penalty,
    predict: (features) =>
      weights.reduce((sum, weight, at) => sum + weight * (features[at]! - mean[at]!), intercept),
  };
}

/** Mean squared error of every image's prediction by the fit without it, from one fit: e / (1 - h). */
function leaveOneOutError(rows: Matrix, inverse: Matrix, targets: Matrix, weights: Matrix): number {
  const predicted = rows.mmul(weights);
  let sum = 0;
  for (let row = 0; row < rows.rows; row++) {
    // The intercept is fitted too, and takes its share of every image.
    let leverage = 1 / rows.rows;
    for (let column = 0; column < rows.columns; column++) {
      leverage += rows.get(row, column) * inverse.get(column, row);
    }
    sum += ((targets.get(row, 0) - predicted.get(row, 0)) / Math.max(1 - leverage, 1e-12)) ** 2;
  }
  return sum / rows.rows;
}
