/** How well a guard tells held-out images from foreign ones. */
import { groupBy } from "../base/index.js";
import { falseAlarmInterval, falseAlarmsUpperTail, type Guard, rankOf, type Verdict } from "../ood/index.js";
import type { CaseResult, Evaluation, ForeignResult, PromiseTest } from "./evaluation.js";
import { aupr, auroc, fprAt95Tpr } from "./scores.js";

export function guardFigures(
  cases: readonly CaseResult[],
  foreign: readonly ForeignResult[],
  fitted: Guard,
): Pick<Evaluation, "detection" | "guard"> {
  // A case with several organs has one verdict.
  const byCase = groupBy(cases, (item) => JSON.stringify([item.dataset, item.case]));
  const inside = [...byCase.values()].map(([first]) => first!.verdict);
  const outside = foreign.map(({ verdict }) => verdict);
  const { choice } = fitted.threshold;
  const promise = testOfPromise(inside, fitted);
  const guard = {
    ...(promise && { promise }),
    ...(choice.rule === "conformal" && { alpha: choice.alpha }),
    falseAlarmRate: shareCalledForeign(inside),
    caughtForeign: shareCalledForeign(outside),
  };
  if (inside.length === 0 || outside.length === 0) return { guard };
  const usual = inside.map(({ measure }) => measure);
  const strange = outside.map(({ measure }) => measure);
  return {
    guard,
    detection: {
      auroc: auroc(usual, strange),
      aupr: aupr(usual, strange),
      fprAt95: fprAt95Tpr(usual, strange),
    },
  };
}

/** Null where there is no image: a share of nothing is not 0. */
const shareCalledForeign = (verdicts: readonly Verdict[]): number | null =>
  verdicts.length === 0 ? null : verdicts.filter(({ foreign }) => foreign).length / verdicts.length;

/** With this probability the rate of one guard's false alarms lies in the interval that is told. */
const CONFIDENCE = 0.95;

/** Undefined where nothing was promised or no image was held out. */
function testOfPromise(
  inside: readonly Verdict[],
  { threshold: { choice }, calibration }: Guard,
): PromiseTest | undefined {
  const rank = rankOf(calibration.measures.length, choice);
  if (choice.rule !== "conformal" || rank === undefined || inside.length === 0) return undefined;
  const falseAlarms = inside.filter(({ foreign }) => foreign).length;
  return {
    alpha: choice.alpha,
    ...(choice.confidence !== undefined && { confidence: choice.confidence }),
    calibrationImages: rank.n,
    rank: rank.k,
    images: inside.length,
    falseAlarms,
    pValue: falseAlarmsUpperTail(rank, inside.length, falseAlarms),
    rate: falseAlarmInterval(rank, CONFIDENCE),
  };
}
