/** The paper's claims, each with a verdict and the numbers and the test behind it. */
import { groupBy, Random } from "../../base/index.js";
import { auroc } from "../../evaluation/scores.js";
import { bootstrapInterval } from "../../evaluation/statistics/index.js";
import {
  type CaseRow,
  type Claim,
  type Comparison,
  DEFAULT_DETECTOR,
  type DetectionRow,
  type ScoreRow,
  type StudyResult,
} from "../protocol/study-result.js";
import { kindOfNetwork, volumeValues } from "./summarise.js";

/** A loss of Dice up to this counts as "about as accurate". */
const MARGIN = 0.01;
const SEED = 1;

interface Sizes {
  /** Training volumes by dataset. */
  readonly [dataset: string]: number;
}

export function claimsOf(
  found: Pick<StudyResult, "cases" | "comparisons" | "thresholds" | "matrix">,
  scores: readonly ScoreRow[],
  sizes: Sizes,
): Claim[] {
  const { comparisons } = found;
  return [
    asAccurate(comparisons),
    smallestGainMost(found.cases, sizes),
    difference(comparisons, {
      name: "calibrated",
      measure: "ece",
      second: "dedicated",
      better: "lower",
      statement: "The joint network is better calibrated than dedicated ones.",
      what: "ECE near the organ, joint less dedicated",
    }),
    difference(comparisons, {
      name: "beats-transfer",
      measure: "dice",
      second: "transfer",
      better: "higher",
      statement: "The joint network is more accurate than transfer learning.",
      what: "Dice, joint less transfer",
    }),
    difference(comparisons, {
      name: "calibrated-transfer",
      measure: "ece",
      second: "transfer",
      better: "lower",
      statement: "The joint network is better calibrated than transfer learning.",
      what: "ECE near the organ, joint less transfer",
    }),
    distinct(found.matrix),
    againstUncertainty(scores, "joint", "far"),
    againstUncertainty(scores, "leave-out", "far"),
    againstUncertainty(scores, "dedicated", "far"),
    againstUncertainty(scores, "joint", "near"),
    promiseKept(found.thresholds),
  ].filter((claim) => claim !== undefined);
}

const signed = (value: number, digits = 3): string =>
  `${value >= 0 ? "+" : "−"}${Math.abs(value).toFixed(digits)}`;

const pOf = (p: number | null): string =>
  p === null ? "not defined" : p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`;

const overall = (
  comparisons: readonly Comparison[],
  measure: Comparison["measure"],
  second: Comparison["second"],
): Comparison | undefined =>
  comparisons.find(
    (row) =>
      row.first === "joint" && row.second === second && row.measure === measure && row.dataset === null,
  );

const evidenceOf = (row: Comparison, what: string, all: readonly Comparison[]): string => {
  const family = all.filter(
    (other) =>
      other.first === row.first &&
      other.second === row.second &&
      other.measure === row.measure &&
      other.dataset !== null,
  );
  const significant = family.filter(({ holm }) => holm !== null && holm < 0.05);
  const up = significant.filter(({ difference: value }) => value > 0).length;
  return (
    `${what}: ${signed(row.difference)} (95 % interval ${signed(row.low ?? Number.NaN)} to ${signed(row.high ?? Number.NaN)}) over ${row.pairs} volumes, ` +
    `Wilcoxon p ${pOf(row.wilcoxon)}, t test p ${pOf(row.tTest)}; ` +
    `after Holm's correction higher in ${up} and lower in ${significant.length - up} of ${family.length} datasets.`
  );
};

function asAccurate(comparisons: readonly Comparison[]): Claim | undefined {
  const row = overall(comparisons, "dice", "dedicated");
  if (row === undefined || row.low === null || row.high === null) return undefined;
  return {
    name: "as-accurate",
    statement: "The joint network is about as accurate as dedicated ones, or more accurate.",
    verdict: row.low > -MARGIN ? "met" : row.high < -MARGIN ? "not met" : "undecided",
    evidence: `${evidenceOf(row, "Dice, joint less dedicated", comparisons)} Met when the whole interval lies above −${MARGIN}.`,
  };
}

interface DifferenceClaim {
  readonly name: string;
  readonly measure: Comparison["measure"];
  /** What the joint strategy is compared with. */
  readonly second: Comparison["second"];
  readonly better: "higher" | "lower";
  readonly statement: string;
  readonly what: string;
}

function difference(
  comparisons: readonly Comparison[],
  { name, measure, second, better, statement, what }: DifferenceClaim,
): Claim | undefined {
  const row = overall(comparisons, measure, second);
  if (row === undefined || row.low === null || row.high === null) return undefined;
  const [low, high] = better === "higher" ? [row.low, row.high] : [-row.high, -row.low];
  return {
    name,
    statement,
    verdict: low > 0 ? "met" : high < 0 ? "not met" : "undecided",
    evidence: `${evidenceOf(row, what, comparisons)} Met when the whole interval lies ${better === "higher" ? "above" : "below"} 0.`,
  };
}

/** Gain on the smaller half of the datasets less gain on the larger half. */
function smallestGainMost(cases: readonly CaseRow[], sizes: Sizes): Claim | undefined {
  const dedicated = new Map(volumeValues(cases, "dedicated", "dice").map(({ key, value }) => [key, value]));
  const gains = volumeValues(cases, "joint", "dice").flatMap(({ key, dataset, value }) =>
    dedicated.has(key) ? [{ dataset, gain: value - dedicated.get(key)! }] : [],
  );
  const byDataset = [...groupBy(gains, ({ dataset }) => dataset)];
  if (byDataset.length < 4) return undefined;
  const ordered = byDataset.sort(([a], [b]) => (sizes[a] ?? 0) - (sizes[b] ?? 0));
  const half = Math.floor(ordered.length / 2);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const gainOf = ([, rows]: (typeof ordered)[number]): number => mean(rows.map(({ gain }) => gain));
  const small = ordered.slice(0, half).map(gainOf);
  const large = ordered.slice(-half).map(gainOf);
  // Datasets are what is drawn again: the claim is about datasets.
  const random = Random.stream(SEED, "smallest");
  const again = (values: readonly number[]): number =>
    mean(values.map(() => values[random.below(values.length)]!));
  const draws = Array.from({ length: 4999 }, () => again(small) - again(large)).sort((a, b) => a - b);
  const [low, high] = [draws[124]!, draws[4874]!];
  return {
    name: "smallest-gain-most",
    statement: "The smallest datasets gain most from joint training.",
    verdict: low > 0 ? "met" : high < 0 ? "not met" : "undecided",
    evidence: `Mean gain of Dice, joint less dedicated: ${signed(mean(small))} in the ${half} smallest datasets, ${signed(mean(large))} in the ${half} largest; difference ${signed(mean(small) - mean(large))} (95 % bootstrap interval over datasets ${signed(low)} to ${signed(high)}).`,
  };
}

function distinct(matrix: StudyResult["matrix"]): Claim | undefined {
  const values = matrix.auroc.flat().filter((value) => value !== null);
  if (values.length < 2) return undefined;
  const { estimate, low, high } = bootstrapInterval(values, { seed: SEED });
  const high95 = values.filter((value) => value >= 0.95).length;
  return {
    name: "distinct",
    statement: "Datasets have distinct spectral signatures.",
    verdict: low >= 0.9 ? "met" : high < 0.9 ? "not met" : "undecided",
    evidence: `Dedicated networks tell other datasets' images from their own held-out ones with a mean AUROC of ${estimate.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}) over ${values.length} pairs of datasets, ${high95} of them at 0.95 or more. Met when the whole interval lies at 0.9 or above.`,
  };
}

/** Detectors that look at how sure the prediction is. */
const isUncertainty = (detector: string): boolean =>
  /^(entropy|maximum-probability|dropout|ensemble|augmentation)/.test(detector);

/** What is foreign to each kind of network. */
const FOREIGN: Record<DetectionRow["network"], Record<"far" | "near", string>> = {
  joint: { far: "never-seen organs and modalities", near: "corrupted images" },
  "leave-out": { far: "datasets left out of joint training", near: "corrupted images" },
  dedicated: { far: "the other datasets' images (dedicated networks)", near: "corrupted images" },
};

/** Mean AUROC over the networks of one kind, the signature's less that of the best detector that looks at uncertainty. */
function againstUncertainty(
  scores: readonly ScoreRow[],
  network: DetectionRow["network"],
  kind: "far" | "near",
): Claim | undefined {
  const own = scores.filter(
    (row) => kindOfNetwork(row.network) === network && (row.kind === "in" || row.kind === kind),
  );
  if (!own.some((row) => row.kind === kind)) return undefined;
  const byDetector = new Map(
    [...groupBy(own, ({ detector }) => detector)].map(([name, rows]) => [name, scoredNetworks(rows, kind)]),
  );
  const signature = byDetector.get(DEFAULT_DETECTOR);
  const rivals = [...byDetector].filter(([name]) => isUncertainty(name));
  if (signature === undefined || rivals.length === 0) return undefined;
  const [rivalName, rival] = rivals.reduce((best, next) =>
    meanAuroc(next[1]) > meanAuroc(best[1]) ? next : best,
  );
  const [ours, theirs] = [meanAuroc(signature), meanAuroc(rival)];
  const { low, high } = aurocDifference(signature, rival);
  const networks = `${signature.length} ${network} network${signature.length === 1 ? "" : "s"}`;
  return {
    name: `against-uncertainty-${network}-${kind}`,
    statement: `The spectral detector tells ${FOREIGN[network][kind]} far better than detectors based on prediction uncertainty.`,
    verdict: low > 0 ? "met" : high < 0 ? "not met" : "undecided",
    evidence: `AUROC ${ours.toFixed(3)} against ${theirs.toFixed(3)} of the best of ${rivals.length} (${rivalName}) on the same images and ${networks}; difference ${signed(ours - theirs)} (95 % bootstrap interval over images ${signed(low)} to ${signed(high)}).`,
  };
}

/** One detector's scores through one network. */
interface ScoredNetwork {
  readonly inside: readonly number[];
  readonly foreign: readonly number[];
}

/** Networks that were shown images of both kinds, in the order of their names. */
function scoredNetworks(rows: readonly ScoreRow[], kind: "far" | "near"): ScoredNetwork[] {
  const byNetwork = [...groupBy(rows, ({ network }) => network)].sort(([a], [b]) => (a < b ? -1 : 1));
  const scoresOf = (own: readonly ScoreRow[], wanted: ScoreRow["kind"]): number[] =>
    own.filter((row) => row.kind === wanted).map(({ score }) => score);
  return byNetwork
    .map(([, own]) => ({ inside: scoresOf(own, "in"), foreign: scoresOf(own, kind) }))
    .filter(({ inside, foreign }) => inside.length > 0 && foreign.length > 0);
}

/** Scores of different networks cannot be compared: each is judged by itself. */
const meanAuroc = (networks: readonly ScoredNetwork[]): number =>
  networks.reduce((sum, { inside, foreign }) => sum + auroc(inside, foreign), 0) / networks.length;

/** Both detectors scored the same images in the same order; images are drawn again, both scores with them. */
function aurocDifference(
  first: readonly ScoredNetwork[],
  second: readonly ScoredNetwork[],
): { low: number; high: number } {
  const random = Random.stream(SEED, "auroc");
  const pick = (count: number): number[] => Array.from({ length: count }, () => random.below(count));
  const draws = Array.from({ length: 1999 }, () => {
    const chosen = first.map(({ inside, foreign }) => [pick(inside.length), pick(foreign.length)] as const);
    const drawn = (networks: readonly ScoredNetwork[]): ScoredNetwork[] =>
      networks.map(({ inside, foreign }, at) => ({
        inside: chosen[at]![0].map((index) => inside[index]!),
        foreign: chosen[at]![1].map((index) => foreign[index]!),
      }));
    return meanAuroc(drawn(first)) - meanAuroc(drawn(second));
  }).sort((a, b) => a - b);
  return { low: draws[49]!, high: draws[1949]! };
}

function promiseKept(thresholds: StudyResult["thresholds"]): Claim | undefined {
  const row = thresholds.find((item) => item.network === "joint" && item.detector === DEFAULT_DETECTOR);
  if (row === undefined || row.inside === 0) return undefined;
  const rate = row.falseAlarms / row.inside;
  const p = binomialTail(row.falseAlarms, row.inside, row.alpha);
  return {
    name: "promise",
    statement: "The guard's rate of false alarms is at most what it promises.",
    verdict: rate <= row.alpha ? "met" : p < 0.05 ? "not met" : "undecided",
    evidence: `${row.falseAlarms} of ${row.inside} held-out volumes were refused (${(100 * rate).toFixed(1)} %), promised at most ${(100 * row.alpha).toFixed(0)} %; one-sided binomial test of the promise p ${pOf(p)}.`,
  };
}

/** Probability of at least `count` of `trials` at the given rate. */
export function binomialTail(count: number, trials: number, rate: number): number {
  let logChoose = 0;
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += Math.exp(logChoose + k * Math.log(rate) + (trials - k) * Math.log1p(-rate));
    logChoose += Math.log((trials - k) / (k + 1));
  }
  return Math.min(1, Math.max(0, 1 - below));
}
