/**
 * Confidence intervals of a mean whose values come in clusters: volumes of a subject, subjects of a dataset.
 *
 * Which clusters are drawn again is a matter of the question (A. Davison and D. Hinkley, "Bootstrap Methods and their
 * Application", 1997, section 3.8): drawing values one by one, as if each were a witness of its own, makes intervals too narrow.
 */
import { groupBy, Random } from "../../base/index.js";

export interface ClusteredValue {
  readonly value: number;
  readonly dataset: string;
  readonly subject: string;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Samples drawn. */
const RESAMPLES = 1999;

/**
 * 95 % interval of the mean over all values, by percentiles.
 *
 * @param question
 *   - `these-datasets`: what further subjects of these datasets would show; subjects are drawn again within each dataset
 *   - `new-dataset`: what further datasets would show; datasets are drawn again, and subjects within each
 * @returns undefined where there is one subject alone, or for a new dataset one dataset alone: nothing is known of the spread
 */
export function clusterInterval(
  values: readonly ClusteredValue[],
  question: "these-datasets" | "new-dataset",
  seed: number,
): Interval | undefined {
  const datasets = [...groupBy(values, ({ dataset }) => dataset).values()].map((own) =>
    [...groupBy(own, ({ subject }) => subject).values()].map((volumes) => ({
      sum: volumes.reduce((sum, { value }) => sum + value, 0),
      count: volumes.length,
    })),
  );
  const units = question === "new-dataset" ? datasets.length : datasets.flat().length;
  if (units < 2) return undefined;
  const random = Random.stream(seed, "clusters", question);
  const again = <Item>(items: readonly Item[]): Item[] => items.map(() => items[random.below(items.length)]!);
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    const chosen = question === "new-dataset" ? again(datasets) : datasets;
    const subjects = chosen.flatMap((own) => again(own));
    const count = subjects.reduce((total, subject) => total + subject.count, 0);
    return subjects.reduce((total, subject) => total + subject.sum, 0) / count;
  }).sort();
  return { low: means[Math.round(0.025 * RESAMPLES) - 1]!, high: means[Math.round(0.975 * RESAMPLES) - 1]! };
}

/**
 * The fewest pairs with which Wilcoxon's two-sided test could be significant at 5 %: its smallest p-value is 2^(1 - n), which
 * Holm's correction over a family multiplies by the number of its tests.
 */
export function fewestDecidingPairs(family = 1): number {
  let pairs = 1;
  while (family * 2 ** (1 - pairs) >= 0.05) pairs++;
  return pairs;
}
