/** Claims on strategies, over volumes: accuracy and calibration of joint training against dedicated networks and transfer. */
import { fewestDecidingPairs, type Interval } from "../../../evaluation/statistics/index.js";
import type { Claim, Comparison } from "../../protocol/study-result.js";
import {
  type Findings,
  judgedAbove,
  judgedBelow,
  pText,
  type Statement,
  signed,
  undecidable,
  type Verdict,
} from "./claim.js";

/** A loss of Dice up to this counts as "about as accurate". */
const MARGIN = 0.01;

interface StrategyClaim extends Statement {
  readonly measure: "dice" | "ece";
  /** What the joint strategy is compared with. */
  readonly second: "dedicated" | "transfer";
  readonly judged: (interval: Interval) => Verdict;
  /** When it is met. */
  readonly rule: string;
}

const ABOVE_0 = { judged: (interval: Interval) => judgedAbove(interval, 0), rule: "above 0" };
const BELOW_0 = { judged: (interval: Interval) => judgedBelow(interval, 0), rule: "below 0" };

const asAccurate: StrategyClaim = {
  name: "as-accurate",
  claimant: "paper",
  statement: "The joint network is about as accurate as dedicated ones, or more accurate.",
  measure: "dice",
  second: "dedicated",
  judged: (interval) => judgedAbove(interval, -MARGIN),
  rule: `above −${MARGIN}`,
};

const moreAccurate: StrategyClaim = {
  name: "more-accurate",
  claimant: "first abstract",
  statement: "The joint network is more accurate than dedicated ones.",
  measure: "dice",
  second: "dedicated",
  ...ABOVE_0,
};

const calibrated: StrategyClaim = {
  name: "calibrated",
  claimant: "first abstract",
  statement: "The joint network is better calibrated than dedicated ones.",
  measure: "ece",
  second: "dedicated",
  ...BELOW_0,
};

const beatsTransfer: StrategyClaim = {
  name: "beats-transfer",
  claimant: "first abstract",
  statement: "The joint network is more accurate than transfer learning.",
  measure: "dice",
  second: "transfer",
  ...ABOVE_0,
};

const calibratedTransfer: StrategyClaim = {
  name: "calibrated-transfer",
  claimant: "first abstract",
  statement: "The joint network is better calibrated than transfer learning.",
  measure: "ece",
  second: "transfer",
  ...BELOW_0,
};

export function strategyClaims({ comparisons }: Findings): Claim[] {
  return [
    ...[asAccurate, moreAccurate, calibrated].map((claim) => strategyClaim(comparisons, claim)),
    significantlyCalibrated(comparisons),
    ...[beatsTransfer, calibratedTransfer].map((claim) => strategyClaim(comparisons, claim)),
  ];
}

function strategyClaim(comparisons: readonly Comparison[], claim: StrategyClaim): Claim {
  const { name, claimant, statement, judged, rule } = claim;
  const found = compared(comparisons, claim);
  if (found === undefined) return undecidable({ name, claimant, statement }, unpaired(claim));
  const { newDataset } = found.row;
  const elsewhere = newDataset === null ? "" : `; on a new dataset it would be "${judged(newDataset)}"`;
  return {
    name,
    claimant,
    statement,
    verdict: judged(found.theseDatasets),
    evidence: `${comparisonText(found)} Met when the whole interval lies ${rule}: the verdict is on these datasets${elsewhere}.`,
  };
}

/** "Can": in one dataset at least, or over all volumes. */
function significantlyCalibrated(comparisons: readonly Comparison[]): Claim {
  const statement: Statement = {
    name: "calibrated-significantly",
    claimant: "journal",
    statement: "Joint training can significantly improve calibration.",
  };
  const found = compared(comparisons, calibrated);
  if (found === undefined) return undecidable(statement, unpaired(calibrated));
  const { row, theseDatasets } = found;
  const { lower } = significant(found.family);
  const overAll = theseDatasets.high < 0 && row.wilcoxon !== null && row.wilcoxon < 0.05;
  return {
    ...statement,
    verdict: overAll || lower > 0 ? "met" : theseDatasets.low > 0 ? "not met" : "undecided",
    evidence: `${comparisonText(found)} Met when the error is significantly lower (5 %) over all volumes, its whole interval below 0, or in one dataset at least after the correction; not met when the whole interval lies above 0.`,
  };
}

interface Compared {
  readonly claim: StrategyClaim;
  /** Over all volumes. */
  readonly row: Comparison;
  readonly theseDatasets: Interval;
  /** By dataset. */
  readonly family: readonly Comparison[];
}

/** Undefined where no two subjects were segmented by both. */
function compared(comparisons: readonly Comparison[], claim: StrategyClaim): Compared | undefined {
  const own = comparisons.filter(
    ({ first, second, measure }) => first === "joint" && second === claim.second && measure === claim.measure,
  );
  const row = own.find(({ dataset }) => dataset === null);
  if (row === undefined || row.theseDatasets === null) return undefined;
  const family = own.filter(({ dataset }) => dataset !== null);
  return { claim, row, theseDatasets: row.theseDatasets, family };
}

const unpaired = ({ second, measure }: StrategyClaim): string =>
  `fewer than two subjects have a ${NAMES[measure]} under both the joint and the ${second} strategy`;

const NAMES = { dice: "Dice coefficient", ece: "calibration error" };
const FIGURES = { dice: "Dice", ece: "ECE near the organ" };

/** Datasets in which the difference is significant at 5 % after Holm's correction. */
function significant(family: readonly Comparison[]): { higher: number; lower: number } {
  const deciding = family.filter(({ holm }) => holm !== null && holm < 0.05);
  const higher = deciding.filter(({ difference }) => difference > 0).length;
  return { higher, lower: deciding.length - higher };
}

function comparisonText({ claim, row, family }: Compared): string {
  const { higher, lower } = significant(family);
  const fewest = fewestDecidingPairs(family.length);
  const few = family.filter(({ pairs }) => pairs < fewest).length;
  return [
    `${FIGURES[claim.measure]}, joint less ${claim.second}: ${signed(row.difference)} over ${row.pairs} volumes${row.dropped === 0 ? "" : ` (${row.dropped} more have no value)`}.`,
    `On these datasets (subjects drawn again) ${intervalText(row.theseDatasets)}; on a new dataset (datasets drawn again) ${intervalText(row.newDataset)}.`,
    `Wilcoxon p ${pText(row.wilcoxon)}, t test p ${pText(row.tTest)}, over volumes;`,
    `after Holm's correction higher in ${higher} and lower in ${lower} of ${family.length} datasets.`,
    `With fewer than ${fewest} pairs no such test can decide; ${few === 0 ? "no dataset has" : few === 1 ? "1 dataset has" : `${few} datasets have`} fewer.`,
  ].join(" ");
}

const intervalText = (interval: Comparison["newDataset"]): string =>
  interval === null ? "no interval" : `95 % interval ${signed(interval.low)} to ${signed(interval.high)}`;
