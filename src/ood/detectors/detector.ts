import type { CaseEvidence } from "../case-evidence.js";

/** An image that the network was not trained on, and how well its mask came out. */
export interface GradedEvidence {
  readonly evidence: CaseEvidence;
  /** With the reference, 0 to 1. */
  readonly dice: number;
}

/** Where several predictions of one image come from: passes with dropout, networks of an ensemble, transformed copies. */
export type MemberSource = "dropout" | "ensemble" | "augmentation";

/**
 * What a score is read from, of the detectors that others are compared with:
 * - `doubt`: the prediction alone: how sure it is, how much several predictions differ, what it found
 * - `dataset`: how sure a classifier is which training dataset the image is from
 */
export type Opponent = "doubt" | "dataset";

/** A way to tell foreign images. */
export interface Detector {
  /** Absent of detectors that look at features or at the image itself, if beside other things. */
  readonly opponent?: Opponent;
  /** Which predictions of an image it needs besides the one that all detectors see; absent: none. */
  readonly members?: MemberSource;
  /**
   * Learns from in-distribution training images; pure.
   *
   * @param graded for detectors that also learn how well a network does
   * @param heldOut in-distribution images that the network was not trained on, for the detectors that look at those
   */
  fit(
    training: readonly CaseEvidence[],
    graded?: readonly GradedEvidence[],
    heldOut?: readonly CaseEvidence[],
  ): FittedDetector;
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
  /**
   * Scores of the held-out images it was fitted with, each as if it had not been among them; absent where they changed
   * nothing and `score` gives them.
   */
  readonly heldOut?: readonly number[];
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
