/** Detectors whose score is a piece of the evidence itself: nothing is fitted. */
import { caseKey, UserError } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";
import type { Detector, Opponent } from "./detector.js";

/** @param read larger where the image is more foreign */
export function directScore(opponent: Opponent, read: (evidence: CaseEvidence) => number): Detector {
  const score = (evidence: CaseEvidence): number => {
    const value = read(evidence);
    if (Number.isFinite(value)) return value;
    throw new UserError({
      subject: `${caseKey(evidence)}, uncertainty of the prediction`,
      found: `${value}`,
      expected: "a finite number",
      advice: "Check the image for NaN or extreme intensities, and the model's weights.",
    });
  };
  return { opponent, fit: () => ({ score }) };
}
