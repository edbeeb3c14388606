import { caseKey } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";

/** A way to tell foreign images. */
export interface Detector {
  /** Learns from in-distribution training images; pure. */
  fit(training: readonly CaseEvidence[]): FittedDetector;
  /**
   * What `leaveOneOutScores` gives, from one fit: for detectors that can, and whose fit would need more images than are
   * left when one is set aside.
   */
  leaveOneOut?(training: readonly CaseEvidence[], leaveOut: LeaveOut): readonly number[];
}

export interface FittedDetector {
  /** The larger, the more foreign; finite. */
  score(evidence: CaseEvidence): number;
}

/** Who is set aside when an in-distribution image is scored: it alone, or all images of its patient. */
export type LeaveOut = "case" | "subject";

/** What an image is known by among others: `dataset/case`. */
/** Images with equal keys are set aside together. A subject's name is its own across datasets. */
export const leaveOutKey = (evidence: CaseEvidence, leaveOut: LeaveOut): string =>
  leaveOut === "case" ? caseKey(evidence) : evidence.subject;

/** Scores each image by the detector fitted on the others; any detector, one fit for each case or subject. */
export function leaveOneOutScores(
  detector: Detector,
  cases: readonly CaseEvidence[],
  leaveOut: LeaveOut,
): number[] {
  const fitted = new Map<string, FittedDetector>();
  return cases.map((evidence) => {
    const key = leaveOutKey(evidence, leaveOut);
    const found =
      fitted.get(key) ?? detector.fit(cases.filter((other) => leaveOutKey(other, leaveOut) !== key));
    fitted.set(key, found);
    return found.score(evidence);
  });
}
