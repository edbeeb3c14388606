/** Whether guards kept their promise on held-out images, network by network. */
import { groupBy } from "../../base/index.js";
import { falseAlarmsUpperTail, thresholdRank } from "../../ood/index.js";
import { keptDetectors, type PromiseRow } from "../protocol/study-result.js";
import type { DetectUnitResult } from "../units/detect-unit.js";
import { judgedScores, usualScores } from "./p-values.js";

/** Of one unit's network; nothing where so few images say what is usual that none could be refused. */
export function promises(result: DetectUnitResult, alpha: number): PromiseRow[] {
  const inside = judgedScores(result, alpha).filter(({ kind }) => kind === "in");
  return [...groupBy(inside, ({ detector }) => detector)].flatMap(([detector, rows]) => {
    const usual = usualScores(result.usual[detector]!, alpha);
    if (usual === undefined || !keptDetectors.includes(detector)) return [];
    const n = usual.scores.length;
    const k = thresholdRank(n, { alpha });
    const falseAlarms = rows.filter(({ pValue }) => pValue !== null && pValue <= alpha).length;
    const row: PromiseRow = {
      network: rows[0]!.network,
      detector,
      alpha,
      calibratedBy: usual.calibratedBy,
      calibrationImages: n,
      rank: k,
      inside: rows.length,
      falseAlarms,
      pValue: falseAlarmsUpperTail({ k, n }, rows.length, falseAlarms),
    };
    return [row];
  });
}
