/** The paper's claims, each with a verdict and the numbers and the test behind it. */
import { groupBy, Random } from "../../base/index.js";
import { auroc } from "../../evaluation/scores.js";
import { clusterInterval, fewestDecidingPairs, type Interval } from "../../evaluation/statistics/index.js";
import { binomialUpperTail } from "../../ood/index.js";
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
  const fewest = fewestDecidingPairs(family.length);
  const few = family.filter(({ pairs }) => pairs < fewest).length;
  return [
    `${what}: ${signed(row.difference)} over ${row.pairs} volumes${row.dropped === 0 ? "" : ` (${row.dropped} more have no value)`}.`,
    `On these datasets (subjects drawn again) ${intervalText(row.theseDatasets)}; on a new dataset (datasets drawn again) ${intervalText(row.newDataset)}.`,
    `Wilcoxon p ${pOf(row.wilcoxon)}, t test p ${pOf(row.tTest)}, over volumes;`,
    `after Holm's correction higher in ${up} and lower in ${significant.length - up} of ${family.length} datasets.`,
    `With fewer than ${fewest} pairs no such test can decide; ${few === 0 ? "no dataset has" : few === 1 ? "1 dataset has" : `${few} datasets have`} fewer.`,
  ].join(" ");
};

const intervalText = (interval: Comparison["newDataset"]): string =>
  interval === null ? "no interval" : `95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;

function asAccurate(comparisons: readonly Comparison[]): Claim | undefined {
  const row = overall(comparisons, "dice", "dedicated");
  if (row?.theseDatasets == null) return undefined;
  const judged = ({ low, high }: Interval): Claim["verdict"] =>
    low > -MARGIN ? "met" : high < -MARGIN ? "not met" : "undecided";
  return {
    name: "as-accurate",
    statement: "The joint network is about as accurate as dedicated ones, or more accurate.",
    verdict: judged(row.theseDatasets),
    evidence: `${evidenceOf(row, "Dice, joint less dedicated", comparisons)} Met when the whole interval lies above −${MARGIN}: the verdict is on these datasets${onNewDataset(row, judged)}.`,
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
  if (row?.theseDatasets == null) return undefined;
  const sign = better === "higher" ? 1 : -1;
  const judged = ({ low, high }: Interval): Claim["verdict"] =>
    Math.min(sign * low, sign * high) > 0
      ? "met"
      : Math.max(sign * low, sign * high) < 0
        ? "not met"
        : "undecided";
  return {
    name,
    statement,
    verdict: judged(row.theseDatasets),
    evidence: `${evidenceOf(row, what, comparisons)} Met when the whole interval lies ${better === "higher" ? "above" : "below"} 0: the verdict is on these datasets${onNewDataset(row, judged)}.`,
  };
}

const onNewDataset = ({ newDataset }: Comparison, judged: (interval: Interval) => string): string =>
  newDataset === null ? "" : `; on a new dataset it would be "${judged(newDataset)}"`;

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
  // A network is one witness, however many datasets it is shown.
  const pairs = matrix.auroc.flatMap((row, at) =>
    row.flatMap((value) => (value === null ? [] : { value, dataset: "", subject: matrix.datasets[at]! })),
  );
  const estimate = values.reduce((sum, value) => sum + value, 0) / values.length;
  const interval = clusterInterval(pairs, "these-datasets", SEED);
  if (interval === undefined) return undefined;
  const { low, high } = interval;
  const networks = new Set(pairs.map(({ subject }) => subject)).size;
  const high95 = values.filter((value) => value >= 0.95).length;
  return {
    name: "distinct",
    statement: "Datasets have distinct spectral signatures.",
    verdict: low >= 0.9 ? "met" : high < 0.9 ? "not met" : "undecided",
    evidence: `Dedicated networks tell other datasets' images from their own held-out ones with a mean AUROC of ${estimate.toFixed(3)} (95 % interval over networks ${low.toFixed(3)} to ${high.toFixed(3)}) over ${values.length} pairs of datasets and the networks of ${networks} datasets, ${high95} of them at 0.95 or more. Met when the whole interval lies at 0.9 or above.`,
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
    evidence: `AUROC ${ours.toFixed(3)} against ${theirs.toFixed(3)} of the best of ${rivals.length} (${rivalName}) on the same images and ${networks}; difference ${signed(ours - theirs)} (95 % bootstrap interval over ${kind === "near" ? "originals, each with its corrupted copies," : "images"} ${signed(low)} to ${signed(high)}: on images from these sources).`,
  };
}

/** One detector's scores through one network. */
interface ScoredNetwork {
  readonly inside: readonly number[];
  readonly foreign: readonly number[];
  /** Of each foreign image, the place of its original among `inside`; -1 for an image of its own. */
  readonly originals: readonly number[];
}

/** Networks that were shown images of both kinds, in the order of their names. */
function scoredNetworks(rows: readonly ScoreRow[], kind: "far" | "near"): ScoredNetwork[] {
  const byNetwork = [...groupBy(rows, ({ network }) => network)].sort(([a], [b]) => (a < b ? -1 : 1));
  const nameOf = ({ source, case: id }: ScoreRow): string => JSON.stringify([source, id]);
  return byNetwork
    .map(([, own]) => {
      const inside = own.filter((row) => row.kind === "in");
      const foreign = own.filter((row) => row.kind === kind);
      const places = new Map(inside.map((row, at) => [nameOf(row), at]));
      return {
        inside: inside.map(({ score }) => score),
        foreign: foreign.map(({ score }) => score),
        originals: foreign.map((row) => (kind === "near" ? (places.get(nameOf(row)) ?? -1) : -1)),
      };
    })
    .filter(({ inside, foreign }) => inside.length > 0 && foreign.length > 0);
}

/** Scores of different networks cannot be compared: each is judged by itself. */
const meanAuroc = (networks: readonly Pick<ScoredNetwork, "inside" | "foreign">[]): number =>
  networks.reduce((sum, { inside, foreign }) => sum + auroc(inside, foreign), 0) / networks.length;

/**
 * Both detectors scored the same images in the same order; images are drawn again, both scores with them. Corrupted copies are
 * no witnesses of their own: they are drawn with their original.
 */
function aurocDifference(
  first: readonly ScoredNetwork[],
  second: readonly ScoredNetwork[],
): { low: number; high: number } {
  const random = Random.stream(SEED, "auroc");
  const draws = Array.from({ length: 1999 }, () => {
    const chosen = first.map((network) => drawImages(network, random));
    const drawn = (networks: readonly ScoredNetwork[]) =>
      networks.map(({ inside, foreign }, at) => ({
        inside: chosen[at]!.inside.map((index) => inside[index]!),
        foreign: chosen[at]!.foreign.map((index) => foreign[index]!),
      }));
    return meanAuroc(drawn(first)) - meanAuroc(drawn(second));
  })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (share: number): number => draws[Math.round(share * draws.length) - 1]!;
  return { low: at(0.025), high: at(0.975) };
}

/** Places of images drawn again: as many as there are, foreign copies as often as their originals. */
function drawImages(
  { inside, originals }: ScoredNetwork,
  random: Random,
): { inside: number[]; foreign: number[] } {
  const pick = (count: number): number[] => Array.from({ length: count }, () => random.below(count));
  const drawn = pick(inside.length);
  const copies = groupBy([...originals.keys()], (at) => originals[at]!);
  const alone = copies.get(-1) ?? [];
  return {
    inside: drawn,
    foreign: [
      ...pick(alone.length).map((at) => alone[at]!),
      ...drawn.flatMap((original) => copies.get(original) ?? []),
    ],
  };
}

function promiseKept(thresholds: StudyResult["thresholds"]): Claim | undefined {
  const row = thresholds.find((item) => item.network === "joint" && item.detector === DEFAULT_DETECTOR);
  if (row === undefined || row.inside === 0) return undefined;
  const rate = row.falseAlarms / row.inside;
  const p = binomialUpperTail(row.falseAlarms, row.inside, row.alpha);
  return {
    name: "promise",
    statement: "The guard's rate of false alarms is at most what it promises.",
    verdict: rate <= row.alpha ? "met" : p < 0.05 ? "not met" : "undecided",
    evidence: `${row.falseAlarms} of ${row.inside} held-out volumes were refused (${(100 * rate).toFixed(1)} %), promised at most ${(100 * row.alpha).toFixed(0)} %; one-sided binomial test of the promise p ${pOf(p)}.`,
  };
}
