/**
 * What the k-th largest of n calibration measures promises, where images are exchangeable and measures do not tie.
 *
 * The rate of false alarms of one fitted guard is itself drawn: it has the Beta(k, n + 1 - k) distribution, whose mean is
 * k / (n + 1) (V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012). Of m further images as many raise
 * a false alarm as the beta-binomial law says, which knows both chances: that of the calibration images and that of the further
 * ones. The binomial law, which forgets the first, rejects guards that keep their promise.
 */

/** Probability of `count` or more successes in so many trials at the given rate. */
export function binomialUpperTail(count: number, trials: number, rate: number): number {
  if (count <= 0) return 1;
  if (count > trials || rate <= 0) return 0;
  if (rate >= 1) return 1;
  let logTerm = 0;
  for (let k = 1; k <= count; k++) logTerm += Math.log((trials - count + k) / k);
  logTerm += count * Math.log(rate) + (trials - count) * Math.log1p(-rate);
  const odds = rate / (1 - rate);
  let sum = 0;
  for (let k = count; k <= trials; k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(((trials - k) / (k + 1)) * odds);
  }
  return Math.min(1, sum);
}

/** A threshold that is the k-th largest of n calibration measures. */
export interface ThresholdRank {
  /** 1 to n. */
  readonly k: number;
  /** Calibration images. */
  readonly n: number;
}

/** Probability that the guard's rate of false alarms is at most `rate`: of Beta(k, n + 1 - k). */
export const falseAlarmRateBelow = ({ k, n }: ThresholdRank, rate: number): number =>
  binomialUpperTail(k, n, rate);

/**
 * Between which rates the guard's rate of false alarms lies, with equal chances of being below and above.
 *
 * @param confidence above 0, below 1
 */
export function falseAlarmInterval(rank: ThresholdRank, confidence: number): { low: number; high: number } {
  const tail = (1 - confidence) / 2;
  return { low: quantile(rank, tail), high: quantile(rank, 1 - tail) };
}

function quantile(rank: ThresholdRank, share: number): number {
  let [low, high] = [0, 1];
  for (let middle = 0.5; middle > low && middle < high; middle = (low + high) / 2) {
    if (falseAlarmRateBelow(rank, middle) < share) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Probability of `count` or more false alarms among so many further images: the upper tail of the beta-binomial distribution
 * with parameters k and n + 1 - k, as `scipy.stats.betabinom.sf(count - 1, images, k, n + 1 - k)`.
 */
export function falseAlarmsUpperTail({ k, n }: ThresholdRank, images: number, count: number): number {
  let logTerm = 0;
  for (let image = 0; image < images; image++) logTerm += Math.log((n + 1 - k + image) / (n + 1 + image));
  let sum = 0;
  for (let alarms = 0; alarms <= images; alarms++) {
    if (alarms >= count) sum += Math.exp(logTerm);
    logTerm += Math.log(((images - alarms) / (alarms + 1)) * ((k + alarms) / (n - k + images - alarms)));
  }
  return Math.min(1, sum);
}
