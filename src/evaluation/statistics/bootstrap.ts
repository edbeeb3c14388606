import { Random } from "../../base/index.js";
import { normalQuantileOfUpperTail, normalUpperTail } from "./distributions.js";

/** How a bootstrap interval is made. */
export interface BootstrapOptions {
  /** Drives the draws: the same seed gives the same interval. */
  readonly seed: number;
  /** What the interval is for; default the mean. Called with arrays of the sample's length, which it must not keep. */
  readonly statistic?: (values: Float64Array) => number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Samples drawn; default 9999. */
  readonly resamples?: number;
  /** Default `bca`, bias-corrected and accelerated (Efron, JASA 1987); `percentile` is simpler, and too narrow for few values. */
  readonly method?: "percentile" | "bca";
}

/** A statistic and its bootstrap confidence interval. */
export interface BootstrapInterval {
  /** The statistic of the sample itself. */
  readonly estimate: number;
  /** NaN, as `high`, of a single value: nothing is known of the spread. */
  readonly low: number;
  readonly high: number;
  /** `percentile` where `bca` was asked for but is not defined: a statistic that never changes, or lies outside all draws. */
  readonly method: "percentile" | "bca";
}

/**
 * Confidence interval of a statistic by drawing the sample's values again, with replacement. For paired samples give the
 * differences, so that pairs stay together. Percentiles interpolate linearly, as `scipy.stats.bootstrap`.
 *
 * @throws RangeError for an empty sample, values that are not finite, or options out of range
 */
export function bootstrapInterval(values: ArrayLike<number>, options: BootstrapOptions): BootstrapInterval {
  const { seed, statistic = meanOf, confidence = 0.95, resamples = 9999, method = "bca" } = options;
  const sample = Float64Array.from(values);
  if (sample.length === 0) throw new RangeError("a bootstrap needs at least one value");
  if (!sample.every(Number.isFinite))
    throw new RangeError("a bootstrap needs finite values: leave out what is missing");
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`a confidence lies between 0 and 1, not ${confidence}`);
  if (!(Number.isSafeInteger(resamples) && resamples > 0))
    throw new RangeError(`${resamples} is no number of resamples`);

  const estimate = statistic(sample.slice());
  if (sample.length === 1) return { estimate, low: Number.NaN, high: Number.NaN, method: "percentile" };
  const draws = drawStatistics(sample, statistic, resamples, Random.stream(seed, "bootstrap"));
  const tail = (1 - confidence) / 2;
  const shares = method === "bca" ? correctedShares({ sample, statistic, estimate, draws }, tail) : undefined;
  const [low, high] = shares ?? [tail, 1 - tail];
  return {
    estimate,
    low: quantileOfSorted(draws, low),
    high: quantileOfSorted(draws, high),
    method: shares ? "bca" : "percentile",
  };
}

/** Statistics of the draws, smallest first. */
function drawStatistics(
  sample: Float64Array,
  statistic: (values: Float64Array) => number,
  resamples: number,
  random: Random,
): Float64Array {
  const draw = new Float64Array(sample.length);
  const statistics = new Float64Array(resamples);
  for (let index = 0; index < resamples; index++) {
    for (let at = 0; at < draw.length; at++) draw[at] = sample[random.below(sample.length)]!;
    statistics[index] = statistic(draw);
  }
  return statistics.sort();
}

interface Drawn {
  readonly sample: Float64Array;
  readonly statistic: (values: Float64Array) => number;
  /** The statistic of the sample itself. */
  readonly estimate: number;
  /** The statistics of the draws, smallest first. */
  readonly draws: Float64Array;
}

/** The shares of the draws between which the BCa interval lies; undefined where it is not defined. */
function correctedShares(
  { sample, statistic, estimate, draws }: Drawn,
  tail: number,
): [number, number] | undefined {
  let below = 0;
  for (const value of draws) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  // Acceleration: the skewness of the statistic over samples that lack one value each (the jackknife).
  const lacking = Array.from(sample, (_, out) => statistic(sample.filter((_value, at) => at !== out)));
  const centre = lacking.reduce((sum, value) => sum + value, 0) / lacking.length;
  const squares = lacking.reduce((sum, value) => sum + (centre - value) ** 2, 0);
  const cubes = lacking.reduce((sum, value) => sum + (centre - value) ** 3, 0);
  const acceleration = cubes / (6 * squares ** 1.5);
  const bias = -normalQuantileOfUpperTail(below / draws.length);
  const share = (z: number) => normalUpperTail(-(bias + (bias + z) / (1 - acceleration * (bias + z))));
  const z = normalQuantileOfUpperTail(tail);
  const [low, high] = [share(-z), share(z)];
  return Number.isFinite(low) && Number.isFinite(high) && low <= high ? [low, high] : undefined;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
}

function quantileOfSorted(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
