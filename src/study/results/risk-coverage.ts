/** Whether detectors know which masks failed: of the joint networks' held-out images and their corrupted copies. */
import { groupBy } from "../../base/index.js";
import {
  areaUnder,
  auroc,
  excessArea,
  expectedPerformanceDrop,
  riskCoverageCurve,
} from "../../evaluation/index.js";
import type { RiskCoverage, ScoreRow } from "../protocol/study-result.js";
import { finite, isJudged, kindOfNetwork } from "./summarise.js";

/** A mask with a Dice coefficient below this has failed. */
export const FAILURE = 0.5;

/** Points of a curve that are kept for drawing. */
const POINTS = 200;

/** An image with a reference. */
type GradedRow = ScoreRow & { readonly dice: number };

export function riskCoverage(scores: readonly ScoreRow[], alpha: number): RiskCoverage[] {
  const isGraded = (row: ScoreRow): row is GradedRow => row.dice !== null;
  const graded = scores.filter(isGraded).filter(({ network }) => kindOfNetwork(network) === "joint");
  return [...groupBy(graded, ({ detector }) => detector)].map(([detector, rows]) => {
    const ranked = rankedByNetwork(rows);
    const qualities = ranked.map(({ dice }) => dice);
    const ranks = ranksOf(ranked);
    const curve = riskCoverageCurve(ranks, qualities);
    const failed = ranked.filter(({ dice }) => dice < FAILURE);
    const good = ranked.filter(({ dice }) => dice >= FAILURE);
    const step = Math.max(1, Math.floor(curve.length / POINTS));
    return {
      detector,
      points: curve
        .filter((_, at) => at % step === 0 || at === curve.length - 1)
        .map(([coverage, risk]): [number, number] => [coverage, risk]),
      aurc: areaUnder(curve),
      excess: excessArea(ranks, qualities),
      drop: finite(dropOf(ranked)),
      images: rows.length,
      failures: failed.length,
      failureAuroc: finite(auroc(ranksOf(good), ranksOf(failed))),
      failuresCaught: failed.every(isJudged) ? failed.filter(({ pValue }) => pValue <= alpha).length : null,
    };
  });
}

const ranksOf = (rows: readonly RankedRow[]): number[] => rows.map(({ rank }) => rank);

type RankedRow = GradedRow & { readonly rank: number };

/** Ranks within a network, 0 to 1, equal ones for equal scores: they make scores of different networks comparable. */
function rankedByNetwork(rows: readonly GradedRow[]): RankedRow[] {
  return [...groupBy(rows, ({ network }) => network).values()].flatMap((own) => {
    const sorted = [...own].sort((a, b) => a.score - b.score);
    const first = new Map<number, number>();
    const last = new Map<number, number>();
    sorted.forEach(({ score }, at) => {
      if (!first.has(score)) first.set(score, at);
      last.set(score, at);
    });
    const rankOf = ({ score }: GradedRow): number =>
      (first.get(score)! + last.get(score)! + 1) / 2 / sorted.length;
    return sorted.map((row) => ({ ...row, rank: rankOf(row) }));
  });
}

/** Of the corrupted images against the whole ones. */
function dropOf(rows: readonly RankedRow[]): number {
  const of = (kind: ScoreRow["kind"]) => {
    const own = rows.filter((row) => row.kind === kind);
    return { scores: own.map(({ rank }) => rank), qualities: own.map(({ dice }) => dice) };
  };
  return expectedPerformanceDrop(of("in"), of("near"));
}
