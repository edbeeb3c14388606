/**
 * Covariance from few images of many features: the sample covariance, shrunk towards a multiple of the identity by the
 * amount that is best in expectation. O. Ledoit and M. Wolf, "A well-conditioned estimator for large-dimensional
 * covariance matrices", J. Multivariate Analysis 88 (2004), lemma 3.2 to 3.4.
 */
import { Matrix } from "ml-matrix";

export interface ShrunkCovariance {
  /** (1 - shrinkage) S + shrinkage mu I, features x features. */
  readonly covariance: Matrix;
  /** 0 (the sample covariance) to 1 (a multiple of the identity). */
  readonly shrinkage: number;
  /** Mean variance of the features. */
  readonly mu: number;
}

/**
 * Agrees with `sklearn.covariance.LedoitWolf(assume_centered=True)`.
 *
 * @param centred one row an image, its mean (or its class's) already taken away; at least one row and one feature
 */
export function ledoitWolf(centred: readonly ArrayLike<number>[]): ShrunkCovariance {
  const rows = centred.length;
  const features = centred[0]!.length;
  const covariance = Matrix.zeros(features, features);
  let fourth = 0;
  for (const row of centred) {
    let squares = 0;
    for (let a = 0; a < features; a++) {
      squares += row[a]! ** 2;
      for (let b = 0; b <= a; b++) covariance.set(a, b, covariance.get(a, b) + (row[a]! * row[b]!) / rows);
    }
    fourth += squares ** 2 / rows;
  }
  let trace = 0;
  let squared = 0;
  for (let a = 0; a < features; a++) {
    trace += covariance.get(a, a);
    for (let b = 0; b <= a; b++) {
      const value = covariance.get(a, b);
      covariance.set(b, a, value);
      squared += (a === b ? 1 : 2) * value * value;
    }
  }
  const mu = trace / features;
  const shrinkage = shrinkageOf({ rows, features, mu, squared, fourth });
  covariance.mul(1 - shrinkage);
  for (let a = 0; a < features; a++) covariance.set(a, a, covariance.get(a, a) + shrinkage * mu);
  return { covariance, shrinkage, mu };
}

/** What the amount of shrinkage depends on. */
export interface ScatterFigures {
  readonly rows: number;
  readonly features: number;
  /** Mean variance of the features. */
  readonly mu: number;
  /** Sum of the squares of all entries of the sample covariance. */
  readonly squared: number;
  /** Mean over images of the fourth power of a residual's norm. */
  readonly fourth: number;
}

/** 0 (the sample covariance) to 1 (a multiple of the identity). */
export function shrinkageOf({ rows, features, mu, squared, fourth }: ScatterFigures): number {
  // Distance of the sample covariance from mu I, and how much of it is due to chance.
  const distance = squared / features - mu * mu;
  const chance = Math.min(distance, (fourth - squared) / (rows * features));
  return chance > 0 ? chance / distance : 0;
}
