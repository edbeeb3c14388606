/** Principal components of training features: fewer, uncorrelated numbers that keep nearly all variance. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { meanOf } from "./column-mean.js";

export interface PrincipalComponents {
  /** A number a feature. */
  readonly mean: ArrayLike<number>;
  /** Unit vectors of features, the one of most variance first. */
  readonly components: readonly ArrayLike<number>[];
}

export interface ComponentLimits {
  /** Of the variance to keep, above 0 to 1; at least one component is kept. */
  readonly share: number;
  /** Most components; default no limit. */
  readonly most?: number;
}

/**
 * From the smaller of the scatter matrix of features and the Gram matrix of images.
 *
 * @param rows training images, one row each
 */
export function principalComponents(
  rows: readonly Float64Array[],
  { share, most = Number.POSITIVE_INFINITY }: ComponentLimits,
): PrincipalComponents {
  const mean = meanOf(rows);
  const centred = new Matrix(rows.map((row) => [...row.map((value, at) => value - mean[at]!)]));
  const fewRows = centred.rows < centred.columns;
  const product = fewRows ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(product, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, at) => at).sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!);
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  let kept = 0;
  let variance = 0;
  do variance += Math.max(0, realEigenvalues[order[kept++]!]!);
  while (kept < order.length && kept < most && variance < share * total);
  const components = order.slice(0, kept).map((column) => {
    const vector = eigenvectorMatrix.getColumn(column);
    if (!fewRows) return vector;
    const lifted = centred.transpose().mmul(Matrix.columnVector(vector)).to1DArray();
    const length = Math.hypot(...lifted);
    return length === 0 ? lifted : lifted.map((value) => value / length);
  });
  return { mean, components };
}

/** Coordinates of features along the components, from the mean. */
export const project = (
  { mean, components }: PrincipalComponents,
  features: ArrayLike<number>,
): Float64Array =>
  Float64Array.from(components, (component) => {
    let sum = 0;
    for (let at = 0; at < component.length; at++) sum += component[at]! * (features[at]! - mean[at]!);
    return sum;
  });

/**
 * @param rows training images, one row each
 * @param share of the variance to keep, above 0 to 1
 * @returns projects features on the leading components (at least one), centred
 */
export function fitPrincipalComponents(
  rows: readonly Float64Array[],
  share: number,
): (features: ArrayLike<number>) => Float64Array {
  const fitted = principalComponents(rows, { share });
  return (features) => project(fitted, features);
}
