/** Claims on the guard that ships, at its threshold: what it refuses, and whether it keeps its promise. */
import { clusterInterval, type Interval } from "../../../evaluation/statistics/index.js";
import { type Claim, type ScoreRow, SHIPPED_DETECTOR } from "../../protocol/study-result.js";
import { FAILURE } from "../risk-coverage.js";
import { isJudged, kindOfNetwork } from "../summarise.js";
import {
  type Findings,
  judgedAtLeast,
  meanOf,
  percent,
  pText,
  reaches,
  SEED,
  type Statement,
  undecidable,
} from "./claim.js";
import { subjectOf } from "./scored-networks.js";

/** The share that is to be refused. */
const REFUSED = 0.8;

export function guardClaims(findings: Findings): Claim[] {
  const promised = `at the promised ${percent(findings.alpha)}`;
  return [
    promiseKept(findings),
    refusedAim(findings, {
      name: "aim-refused-far",
      images: `never-seen organs and modalities, ${promised}`,
      network: "joint",
      isAsked: ({ kind }) => kind === "far",
    }),
    refusedAim(findings, {
      name: "aim-refused-left-out",
      images: `images of datasets left out of joint training, ${promised}`,
      network: "leave-out",
      isAsked: ({ kind }) => kind === "far",
    }),
    refusedAim(findings, {
      name: "aim-refused-failures",
      images: `images whose mask has a Dice coefficient below ${FAILURE}, ${promised}`,
      network: "joint",
      isAsked: ({ dice }) => dice !== null && dice < FAILURE,
    }),
  ];
}

/**
 * Each network's guard by the beta-binomial law, which knows that its threshold was drawn. Networks may share calibration and
 * held-out images, so that their p-values depend on each other: Bonferroni's correction holds all the same.
 */
function promiseKept({ promises, alpha }: Findings): Claim {
  const statement: Statement = {
    name: "promise",
    claimant: "project",
    statement: "The guard's rate of false alarms is at most what it promises.",
  };
  const own = promises.filter(
    ({ detector, network, inside }) =>
      detector === SHIPPED_DETECTOR && kindOfNetwork(network) === "joint" && inside > 0,
  );
  if (own.length === 0)
    return undecidable(
      statement,
      "no joint network has calibration images enough for a threshold, and held-out ones",
    );
  const inside = own.reduce((sum, row) => sum + row.inside, 0);
  const falseAlarms = own.reduce((sum, row) => sum + row.falseAlarms, 0);
  const p = Math.min(1, own.length * Math.min(...own.map(({ pValue }) => pValue)));
  const networks = own.map(
    (row) =>
      `${row.network}: ${row.falseAlarms} of ${row.inside}, threshold from ${row.calibrationImages} ${row.calibratedBy === "held-out" ? "validation" : "training"} images, p ${pText(row.pValue)}`,
  );
  return {
    ...statement,
    verdict: p < 0.05 ? "not met" : falseAlarms / inside <= alpha ? "met" : "undecided",
    evidence: `${falseAlarms} of ${inside} held-out volumes were refused (${percent(falseAlarms / inside)}), promised at most ${percent(alpha)}. By the beta-binomial law, which knows that thresholds are drawn too: ${networks.join("; ")}. Smallest p of ${own.length} network${own.length === 1 ? "" : "s"} after Bonferroni's correction, which holds where networks share images: ${pText(p)}. Not met when that is below 0.05, else met when the rate is at most the promised one.`,
  };
}

interface RefusedAim {
  readonly name: string;
  /** What is to be refused. */
  readonly images: string;
  readonly network: "joint" | "leave-out";
  readonly isAsked: (row: ScoreRow) => boolean;
}

function refusedAim({ scores, alpha }: Findings, { name, images, network, isAsked }: RefusedAim): Claim {
  const statement: Statement = {
    name,
    claimant: "project",
    statement: `The guard that ships refuses at least ${100 * REFUSED} % of the ${images}.`,
  };
  const own = scores.filter(
    (row) => row.detector === SHIPPED_DETECTOR && kindOfNetwork(row.network) === network && isAsked(row),
  );
  const judged = own.filter(isJudged);
  if (own.length === 0) return undecidable(statement, "there is no such image");
  if (judged.length === 0)
    return undecidable(statement, "too few images say what is usual for a threshold at the promised rate");
  const refused = judged.map((row) => ({
    value: row.pValue <= alpha ? 1 : 0,
    dataset: row.source,
    subject: subjectOf(row),
  }));
  const share = meanOf(refused.map(({ value }) => value));
  const subjects = new Set(refused.map(({ subject }) => subject)).size;
  const interval = shareInterval(refused, share, subjects);
  const text = `${refused.filter(({ value }) => value === 1).length} of ${refused.length} (${percent(share)})`;
  if (interval === undefined) return undecidable(statement, `${text} were refused, all of one subject`);
  return {
    ...statement,
    verdict: judgedAtLeast(interval, REFUSED),
    evidence: `${text}; 95 % interval over ${subjects} subjects ${percent(interval.low)} to ${percent(interval.high)}. Met when the whole interval lies at ${100 * REFUSED} % or above; ${reaches(share, REFUSED)}.`,
  };
}

/** Where all were refused, or none, no draw shows anything else: there the exact binomial bounds for so many subjects. */
function shareInterval(
  refused: Parameters<typeof clusterInterval>[0],
  share: number,
  subjects: number,
): Interval | undefined {
  if (subjects < 2) return undefined;
  const unlikely = 0.025 ** (1 / subjects);
  if (share === 1) return { low: unlikely, high: 1 };
  if (share === 0) return { low: 0, high: 1 - unlikely };
  return clusterInterval(refused, "these-datasets", SEED);
}
