/** Claims on datasets: what joint training brings to each of them. Datasets are the units, and what is drawn again. */
import { groupBy, Random } from "../../../base/index.js";
import { bootstrapInterval, clusterInterval } from "../../../evaluation/statistics/index.js";
import type { Claim } from "../../protocol/study-result.js";
import { volumeValues } from "../summarise.js";
import {
  type Findings,
  judgedAbove,
  judgedAtLeast,
  meanOf,
  reaches,
  SEED,
  type Statement,
  signed,
  undecidable,
} from "./claim.js";

/** So much Dice joint training is to bring to the smallest datasets. */
const SMALLEST_GAIN = 0.03;
const SMALLEST = 5;

export function datasetClaims(findings: Findings): Claim[] {
  const gains = gainsBySize(findings);
  return [smallestGainMost(gains), atLeastDedicated(gains), fiveSmallest(gains), distinct(findings)];
}

/** Mean gain of Dice of each dataset, joint less dedicated; those with the fewest training volumes first. */
function gainsBySize({ cases, sizes }: Findings): number[] {
  const dedicated = new Map(volumeValues(cases, "dedicated", "dice").map(({ key, value }) => [key, value]));
  const gains = volumeValues(cases, "joint", "dice").flatMap(({ key, dataset, value }) =>
    dedicated.has(key) ? [{ dataset, gain: value - dedicated.get(key)! }] : [],
  );
  // In label mode `union` a row's dataset has the organ's name behind its own.
  const sizeOf = (dataset: string): number => sizes[dataset] ?? sizes[dataset.split(" ")[0]!] ?? 0;
  return [...groupBy(gains, ({ dataset }) => dataset)]
    .sort(([a], [b]) => sizeOf(a) - sizeOf(b))
    .map(([, own]) => meanOf(own.map(({ gain }) => gain)));
}

/** Gain on the smaller half of the datasets less gain on the larger half. */
function smallestGainMost(gains: readonly number[]): Claim {
  const statement: Statement = {
    name: "smallest-gain-most",
    claimant: "paper",
    statement: "The smallest datasets gain most from joint training.",
  };
  if (gains.length < 4) return undecidable(statement, tooFew(gains.length, 4));
  const half = Math.floor(gains.length / 2);
  const [small, large] = [gains.slice(0, half), gains.slice(-half)];
  const random = Random.stream(SEED, "smallest");
  const again = (values: readonly number[]): number =>
    meanOf(values.map(() => values[random.below(values.length)]!));
  const draws = Array.from({ length: 4999 }, () => again(small) - again(large)).sort((a, b) => a - b);
  const interval = { low: draws[124]!, high: draws[4874]! };
  return {
    ...statement,
    verdict: judgedAbove(interval, 0),
    evidence: `Mean gain of Dice, joint less dedicated: ${signed(meanOf(small))} in the ${half} smallest datasets, ${signed(meanOf(large))} in the ${half} largest; difference ${signed(meanOf(small) - meanOf(large))} (95 % bootstrap interval over datasets ${signed(interval.low)} to ${signed(interval.high)}).`,
  };
}

const atLeastDedicated = (gains: readonly number[]): Claim =>
  gainAim(
    {
      name: "mean-of-datasets",
      claimant: "project",
      statement: "On the mean of datasets the joint network is at least as accurate as dedicated ones.",
    },
    { gains, aim: 0, fewest: 2 },
  );

const fiveSmallest = (gains: readonly number[]): Claim =>
  gainAim(
    {
      name: "five-smallest",
      claimant: "project",
      statement: `In the five smallest datasets the joint network's Dice is at least ${SMALLEST_GAIN} above that of dedicated ones.`,
    },
    { gains: gains.slice(0, SMALLEST), aim: SMALLEST_GAIN, fewest: SMALLEST },
  );

function gainAim(
  statement: Statement,
  {
    gains,
    aim,
    fewest,
  }: { readonly gains: readonly number[]; readonly aim: number; readonly fewest: number },
): Claim {
  if (gains.length < fewest) return undecidable(statement, tooFew(gains.length, fewest));
  const { low, high } = bootstrapInterval(gains, { seed: SEED });
  return {
    ...statement,
    verdict: judgedAtLeast({ low, high }, aim),
    evidence: `Mean gain of Dice over ${gains.length} datasets, joint less dedicated: ${signed(meanOf(gains))} (95 % bootstrap interval over datasets ${signed(low)} to ${signed(high)}). Met when the whole interval lies at ${aim} or above; ${reaches(meanOf(gains), aim)}.`,
  };
}

const tooFew = (datasets: number, fewest: number): string =>
  `${datasets === 0 ? "no dataset was" : `${datasets} dataset${datasets === 1 ? " was" : "s were"}`} segmented by both joint and dedicated networks, and ${fewest} are needed`;

/** Datasets are told apart, at least, with this AUROC. */
const DISTINCT = 0.9;

function distinct({ matrix }: Findings): Claim {
  const statement: Statement = {
    name: "distinct",
    claimant: "paper",
    statement: "Datasets have distinct spectral signatures.",
  };
  // A network is one witness, however many datasets it is shown.
  const pairs = matrix.auroc.flatMap((row, at) =>
    row.flatMap((value) => (value === null ? [] : { value, dataset: "", subject: matrix.datasets[at]! })),
  );
  const interval = clusterInterval(pairs, "these-datasets", SEED);
  const networks = new Set(pairs.map(({ subject }) => subject)).size;
  if (interval === undefined)
    return undecidable(
      statement,
      `dedicated networks of ${networks} datasets were shown others, and two are needed`,
    );
  const { low, high } = interval;
  const clear = pairs.filter(({ value }) => value >= 0.95).length;
  return {
    ...statement,
    verdict: judgedAtLeast(interval, DISTINCT),
    evidence: `Dedicated networks tell other datasets' images from their own held-out ones with a mean AUROC of ${meanOf(pairs.map(({ value }) => value)).toFixed(3)} (95 % interval over networks ${low.toFixed(3)} to ${high.toFixed(3)}) over ${pairs.length} pairs of datasets and the networks of ${networks} datasets, ${clear} of them at 0.95 or more. Met when the whole interval lies at ${DISTINCT} or above.`,
  };
}
