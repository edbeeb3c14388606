import type { CaseEvidence } from "../case-evidence.js";

/** An image that the network was not trained on, and how well its mask came out. */
export interface GradedEvidence {
  readonly evidence: CaseEvidence;
  /** With the reference, 0 to 1. */
  readonly dice: number;
}

/** A way to tell foreign images. */
export interface Detector {
  /**
   * Learns from in-distribution training images; pure.
   *
   * @param graded for detectors that also learn how well a network does
   */
  fit(training: readonly CaseEvidence[], graded?: readonly GradedEvidence[]): FittedDetector;
  /** Where true `fit` needs `graded`. */
  readonly learnsFromGraded?: boolean;
  /**
   * What the function `leaveOneOutScores` gives, from one fit: for detectors that can, and whose fit would need more images than are
   * left when one is set aside.
   */
  leaveOneOut?(training: readonly CaseEvidence[]): readonly number[];
}

export interface FittedDetector {
  /** The larger, the more foreign; finite. */
  score(evidence: CaseEvidence): number;
}

/**
 * For each image, its score by the detector fitted without any image of its patient: images of one patient resemble each
 * other and must not vouch for each other. Any detector, one fit for each patient.
 *
 * A patient's name is the same in all datasets.
 */
export function leaveOneOutScores(detector: Detector, cases: readonly CaseEvidence[]): number[] {
  const fitted = new Map<string, FittedDetector>();
  return cases.map((evidence) => {
    const { subject } = evidence;
    const found = fitted.get(subject) ?? detector.fit(cases.filter((other) => other.subject !== subject));
    fitted.set(subject, found);
    return found.score(evidence);
  });
}
