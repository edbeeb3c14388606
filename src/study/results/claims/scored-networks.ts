/** Scores of detectors by network, and the AUROCs of subjects drawn again. */
import { groupBy, Random } from "../../../base/index.js";
import { auroc } from "../../../evaluation/scores.js";
import type { Interval } from "../../../evaluation/statistics/index.js";
import type { DetectionRow, ScoreRow } from "../../protocol/study-result.js";
import { kindOfNetwork } from "../summarise.js";
import { SEED } from "./claim.js";

/** Images of one kind against held-out ones, through the networks of one kind. */
export interface Comparison {
  readonly network: DetectionRow["network"];
  readonly kind: "far" | "near";
}

/** One detector's scores through one network. */
export interface ScoredNetwork {
  readonly inside: readonly ScoredImage[];
  readonly foreign: readonly ScoredImage[];
}

interface ScoredImage {
  readonly score: number;
  readonly source: string;
  /** Whose image it is; corrupted copies are their original's patient's. */
  readonly subject: string;
}

/** Of each detector the networks that were shown images of both kinds, in the order of their names. */
export function scoredNetworks(
  scores: readonly ScoreRow[],
  { network, kind }: Comparison,
): ReadonlyMap<string, readonly ScoredNetwork[]> {
  const own = scores.filter(
    (row) => kindOfNetwork(row.network) === network && (row.kind === "in" || row.kind === kind),
  );
  const found = [...groupBy(own, ({ detector }) => detector)].map(([detector, rows]) => {
    const byNetwork = [...groupBy(rows, (row) => row.network)].sort(([a], [b]) => (a < b ? -1 : 1));
    const networks = byNetwork.map(([, shown]) => ({
      inside: shown.filter((row) => row.kind === "in").map(scoredImage),
      foreign: shown.filter((row) => row.kind === kind).map(scoredImage),
    }));
    return [
      detector,
      networks.filter(({ inside, foreign }) => inside.length > 0 && foreign.length > 0),
    ] as const;
  });
  return new Map(found.filter(([, networks]) => networks.length > 0));
}

const scoredImage = (row: ScoreRow): ScoredImage => ({
  score: row.score,
  source: row.source,
  subject: subjectOf(row),
});

/** Units of earlier versions kept no subject: there an image and its copies are one. */
export const subjectOf = ({ subject, source, case: id }: ScoreRow): string =>
  subject ?? JSON.stringify([source, id]);

/** Scores of different networks cannot be compared: each is judged by itself. */
export const meanAuroc = (networks: readonly ScoredNetwork[]): number =>
  networks.reduce((sum, { inside, foreign }) => sum + auroc(scoresOf(inside), scoresOf(foreign)), 0) /
  networks.length;

const scoresOf = (images: readonly ScoredImage[]): number[] => images.map(({ score }) => score);

/** 95 % bootstrap interval of the mean AUROC, of subjects drawn again: see `drawnAgain`. */
export const aurocInterval = (networks: readonly ScoredNetwork[]): Interval | undefined =>
  intervalOver([networks], ([drawn]) => meanAuroc(drawn!));

/** As `aurocInterval`, of the first detector's mean AUROC less the second's, on the same images in the same order. */
export const aurocDifferenceInterval = (
  first: readonly ScoredNetwork[],
  second: readonly ScoredNetwork[],
): Interval | undefined =>
  intervalOver([first, second], ([one, other]) => meanAuroc(one!) - meanAuroc(other!));

const DRAWS = 1999;

/** Undefined where too few draws have images of both kinds. */
function intervalOver(
  detectors: readonly (readonly ScoredNetwork[])[],
  figure: (drawn: readonly (readonly ScoredNetwork[])[]) => number,
): Interval | undefined {
  const random = Random.stream(SEED, "auroc");
  const strata = strataOf(detectors[0]!);
  const figures = Array.from({ length: DRAWS }, () => {
    const counts = drawnCounts(strata, random);
    return figure(detectors.map((networks) => networks.map((network) => drawnAgain(network, counts))));
  })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (figures.length < DRAWS / 2) return undefined;
  const at = (share: number): number => figures[Math.round(share * figures.length) - 1]!;
  return { low: at(0.025), high: at(0.975) };
}

/**
 * A subject is one witness, however many networks, copies and modalities show it. Subjects are drawn again among those that have
 * images from the same sources, so that every source keeps its weight.
 */
function strataOf(networks: readonly ScoredNetwork[]): string[][] {
  const sources = new Map<string, Set<string>>();
  for (const { inside, foreign } of networks) {
    for (const { subject, source } of [...inside, ...foreign]) {
      sources.set(subject, (sources.get(subject) ?? new Set()).add(source));
    }
  }
  return [
    ...groupBy([...sources.keys()], (subject) => JSON.stringify([...sources.get(subject)!].sort())).values(),
  ];
}

function drawnCounts(strata: readonly (readonly string[])[], random: Random): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const subjects of strata) {
    for (let draw = 0; draw < subjects.length; draw++) {
      const subject = subjects[random.below(subjects.length)]!;
      counts.set(subject, (counts.get(subject) ?? 0) + 1);
    }
  }
  return counts;
}

/** Every image as often as its subject was drawn. */
function drawnAgain({ inside, foreign }: ScoredNetwork, counts: ReadonlyMap<string, number>): ScoredNetwork {
  const again = (images: readonly ScoredImage[]): ScoredImage[] =>
    images.flatMap((image) => new Array<ScoredImage>(counts.get(image.subject) ?? 0).fill(image));
  return { inside: again(inside), foreign: again(foreign) };
}
