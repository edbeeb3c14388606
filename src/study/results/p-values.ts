/** From scores to p-values: how usual a score is among images that are like the training images. */
import { conformalPValue } from "../../ood/index.js";
import type { PromiseRow, ScoreRow } from "../protocol/study-result.js";
import type { DetectUnitResult, UsualScores } from "../units/detect-unit.js";

/** @param alpha promised rate of false alarms */
export const judgedScores = ({ scores, usual }: DetectUnitResult, alpha: number): ScoreRow[] =>
  scores.map((row) => {
    const known = usualScores(usual[row.detector]!, alpha);
    return { ...row, pValue: known === undefined ? null : conformalPValue(known.scores, row.score) };
  });

/** The scores that a new image's score is held against. */
export interface ChosenScores {
  readonly calibratedBy: PromiseRow["calibratedBy"];
  readonly scores: readonly number[];
}

/**
 * The scores that say what is usual: those of held-out images, which the weights were not fitted to. With fewer than
 * 1 / alpha - 1 of them nothing could ever be refused; the training images then stand in, each scored by the detector fitted
 * without its patient. Undefined where these are too few as well.
 */
export function usualScores({ heldOut, leaveOneOut }: UsualScores, alpha: number): ChosenScores | undefined {
  const choices: ChosenScores[] = [
    { calibratedBy: "held-out", scores: heldOut },
    { calibratedBy: "leave-one-out", scores: leaveOneOut ?? [] },
  ];
  return choices.find(({ scores: { length } }) => 1 / (length + 1) <= alpha);
}
