import { studentQuantileOfUpperTail, studentUpperTail } from "./distributions.js";
import { type Alternative, differencesOf } from "./pairs.js";

/** Mean of paired differences, with Student's confidence interval. */
export interface MeanDifference {
  /** Mean of a - b. */
  readonly mean: number;
  /** Sample standard deviation of the differences (n - 1); NaN for one pair. */
  readonly standardDeviation: number;
  /** Ends of the interval; NaN for one pair. */
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** Outcome of a paired t test. */
export interface PairedTTestResult {
  /** Mean difference over its standard error. */
  readonly t: number;
  readonly degreesOfFreedom: number;
  readonly pValue: number;
}

/**
 * Mean difference a - b of paired samples.
 *
 * @param confidence of the two-sided interval, default 0.95; matches `scipy.stats.ttest_rel(a, b).confidence_interval()`
 * @throws RangeError when the samples differ in length, are empty, or hold a value that is not finite
 */
export function meanDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  confidence = 0.95,
): MeanDifference {
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`a confidence lies between 0 and 1, not ${confidence}`);
  const differences = differencesOf(a, b);
  const pairs = differences.length;
  if (pairs === 0) throw new RangeError("a mean difference needs at least one pair");
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / pairs;
  const squares = differences.reduce((sum, difference) => sum + (difference - mean) ** 2, 0);
  const standardDeviation = pairs === 1 ? Number.NaN : Math.sqrt(squares / (pairs - 1));
  const reach =
    pairs === 1
      ? Number.NaN
      : (studentQuantileOfUpperTail((1 - confidence) / 2, pairs - 1) * standardDeviation) / Math.sqrt(pairs);
  return { mean, standardDeviation, low: mean - reach, high: mean + reach, pairs };
}

/**
 * Student's t test of paired samples: is the mean of the differences a - b 0? Matches `scipy.stats.ttest_rel`.
 * When no pair differs, t = 0 and p = 1 (SciPy: NaN); when all differ by the same, t is infinite and p 0 or 1.
 *
 * @throws RangeError when the samples differ in length, hold a value that is not finite, or are shorter than two
 */
export function pairedTTest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  alternative: Alternative = "two-sided",
): PairedTTestResult {
  if (a.length < 2) throw new RangeError(`a paired t test needs two pairs, not ${a.length}`);
  const { mean, standardDeviation, pairs } = meanDifference(a, b);
  const t = mean === 0 ? 0 : mean / (standardDeviation / Math.sqrt(pairs));
  const degreesOfFreedom = pairs - 1;
  const tail =
    alternative === "two-sided"
      ? 2 * studentUpperTail(Math.abs(t), degreesOfFreedom)
      : studentUpperTail(alternative === "greater" ? t : -t, degreesOfFreedom);
  return { t, degreesOfFreedom, pValue: Math.min(1, tail) };
}
