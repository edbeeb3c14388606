/** How well a guard tells held-out images from foreign ones. */
import { groupBy } from "../base/index.js";
import type { Guard, Verdict } from "../ood/index.js";
import type { CaseResult, Evaluation, ForeignResult } from "./evaluation.js";
import { aupr, auroc, fprAt95Tpr } from "./scores.js";

export function guardFigures(
  cases: readonly CaseResult[],
  foreign: readonly ForeignResult[],
  { threshold: { choice } }: Guard,
): Pick<Evaluation, "detection" | "guard"> {
  // A case with several organs has one verdict.
  const byCase = groupBy(cases, (item) => JSON.stringify([item.dataset, item.case]));
  const inside = [...byCase.values()].map(([first]) => first!.verdict);
  const outside = foreign.map(({ verdict }) => verdict);
  const guard = {
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
