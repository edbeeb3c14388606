/** Principal components of training features: fewer, uncorrelated numbers that keep nearly all variance. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { meanOf } from "./column-mean.js";

/**
 * @param rows training images, one row each
 * @param share of the variance to keep, above 0 to 1
 * @returns projects features on the leading components (at least one), centred
 */
export function fitPrincipalComponents(
  rows: readonly Float64Array[],
  share: number,
): (features: ArrayLike<number>) => Float64Array {
  const mean = meanOf(rows);
  const centred = new Matrix(rows.map((row) => [...row.map((value, at) => value - mean[at]!)]));
  const scatter = centred.transpose().mmul(centred);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(scatter, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, at) => at).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  let kept = 0;
  let variance = 0;
  do variance += Math.max(0, realEigenvalues[order[kept++]!]!);
  while (kept < order.length && variance < share * total);
  const components = order.slice(0, kept).map((column) => eigenvectorMatrix.getColumn(column));
  return (features) =>
    Float64Array.from(components, (component) =>
      component.reduce((sum, weight, at) => sum + weight * (features[at]! - mean[at]!), 0),
    );
}
