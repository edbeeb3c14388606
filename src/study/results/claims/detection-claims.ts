/** Claims on detectors: how well they order images, whatever their threshold. */
import { detectors, type Opponent } from "../../../ood/index.js";
import { type Claim, METHOD_DETECTOR, SHIPPED_DETECTOR } from "../../protocol/study-result.js";
import {
  type Findings,
  judgedAbove,
  judgedAtLeast,
  reaches,
  type Statement,
  signed,
  undecidable,
} from "./claim.js";
import {
  aurocDifferenceInterval,
  aurocInterval,
  type Comparison,
  meanAuroc,
  scoredNetworks,
} from "./scored-networks.js";

const JOINT_FAR: Comparison = { network: "joint", kind: "far" };
const LEFT_OUT: Comparison = { network: "leave-out", kind: "far" };
const DEDICATED_FAR: Comparison = { network: "dedicated", kind: "far" };
const JOINT_NEAR: Comparison = { network: "joint", kind: "near" };

/** What is foreign. */
const FOREIGN = new Map<Comparison, string>([
  [JOINT_FAR, "never-seen organs and modalities"],
  [LEFT_OUT, "datasets left out of joint training"],
  [DEDICATED_FAR, "the other datasets' images (dedicated networks)"],
  [JOINT_NEAR, "corrupted images"],
]);

export function detectionClaims(findings: Findings): Claim[] {
  return [
    ...[JOINT_FAR, LEFT_OUT, DEDICATED_FAR, JOINT_NEAR].flatMap((comparison) => [
      against(findings, comparison, methodAgainstDoubt),
      against(findings, comparison, guardAgainstDoubt),
    ]),
    // A classifier of datasets needs two of them, which a dedicated network has not learnt.
    ...[JOINT_FAR, LEFT_OUT, JOINT_NEAR].map((comparison) =>
      against(findings, comparison, methodAgainstClassifiers),
    ),
    aurocAim(findings, JOINT_FAR, { name: "aim-auroc-far", aim: 0.95 }),
    aurocAim(findings, LEFT_OUT, { name: "aim-auroc-left-out", aim: 0.95 }),
    aurocAim(findings, JOINT_NEAR, { name: "aim-auroc-near", aim: 0.85 }),
  ];
}

/** One detector against the best of its opponents. */
interface Contest extends Pick<Claim, "claimant"> {
  /** Start of the claim's name. */
  readonly name: string;
  readonly detector: string;
  readonly opponent: Opponent;
  readonly statement: (foreign: string) => string;
}

const methodAgainstDoubt: Contest = {
  name: "against-uncertainty",
  claimant: "paper and journal",
  detector: METHOD_DETECTOR,
  opponent: "doubt",
  statement: (foreign) =>
    `The spectral detector tells ${foreign} far better than detectors based on prediction uncertainty.`,
};

const guardAgainstDoubt: Contest = {
  name: "guard-against-uncertainty",
  claimant: "project",
  detector: SHIPPED_DETECTOR,
  opponent: "doubt",
  statement: (foreign) =>
    `The guard that ships tells ${foreign} better than every detector based on prediction uncertainty.`,
};

const methodAgainstClassifiers: Contest = {
  name: "against-classifiers",
  claimant: "journal",
  detector: METHOD_DETECTOR,
  opponent: "dataset",
  statement: (foreign) => `The spectral detector tells ${foreign} better than classifiers of the dataset.`,
};

const OPPONENTS: Record<Opponent, string> = {
  doubt: "detector of the prediction's doubt",
  dataset: "classifier of the dataset",
};

/** Mean AUROC over the networks of one kind, less that of the opponent that turns out best on the very images. */
function against({ scores }: Findings, comparison: Comparison, contest: Contest): Claim {
  const { network, kind } = comparison;
  const statement: Statement = {
    name: `${contest.name}-${network}-${kind}`,
    claimant: contest.claimant,
    statement: contest.statement(FOREIGN.get(comparison)!),
  };
  const networks = scoredNetworks(scores, comparison);
  const own = networks.get(contest.detector);
  if (own === undefined) return undecidable(statement, unseen(contest.detector, comparison));
  const rivals = [...networks].filter(([name]) => detectors[name]?.opponent === contest.opponent);
  if (rivals.length === 0)
    return undecidable(statement, `no ${OPPONENTS[contest.opponent]} saw these images`);
  const [rivalName, rival] = rivals.reduce((best, next) =>
    meanAuroc(next[1]) > meanAuroc(best[1]) ? next : best,
  );
  const [ours, theirs] = [meanAuroc(own), meanAuroc(rival)];
  const interval = aurocDifferenceInterval(own, rival);
  const figures = `AUROC ${ours.toFixed(3)} of ${contest.detector} against ${theirs.toFixed(3)} of the best of ${rivals.length} (${rivalName}) on the same images and ${networkText(own.length, comparison)}; difference ${signed(ours - theirs)}`;
  return interval === undefined
    ? undecidable(statement, `${figures}, of too few subjects for an interval`)
    : {
        ...statement,
        verdict: judgedAbove(interval, 0),
        evidence: `${figures} (${drawnText(comparison)} ${signed(interval.low)} to ${signed(interval.high)}: on images from these sources).`,
      };
}

function aurocAim(
  { scores }: Findings,
  comparison: Comparison,
  { name, aim }: { readonly name: string; readonly aim: number },
): Claim {
  const statement: Statement = {
    name,
    claimant: "project",
    statement: `The guard that ships tells ${FOREIGN.get(comparison)} with an AUROC of at least ${aim}.`,
  };
  const own = scoredNetworks(scores, comparison).get(SHIPPED_DETECTOR);
  if (own === undefined) return undecidable(statement, unseen(SHIPPED_DETECTOR, comparison));
  const figure = meanAuroc(own);
  const interval = aurocInterval(own);
  if (interval === undefined)
    return undecidable(statement, `the AUROC is ${figure.toFixed(3)}, of too few subjects for an interval`);
  return {
    ...statement,
    verdict: judgedAtLeast(interval, aim),
    evidence: `AUROC ${figure.toFixed(3)} (${drawnText(comparison)} ${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}) over ${networkText(own.length, comparison)}. Met when the whole interval lies at ${aim} or above; ${reaches(figure, aim)}.`,
  };
}

const networkText = (count: number, { network }: Comparison): string =>
  `${count} ${network} network${count === 1 ? "" : "s"}`;

const drawnText = ({ kind }: Comparison): string =>
  `95 % bootstrap interval over subjects${kind === "near" ? ", originals with their corrupted copies," : ""}`;

const unseen = (detector: string, { network, kind }: Comparison): string =>
  `${detector} was shown no ${kind} images beside held-out ones through a ${network} network`;
