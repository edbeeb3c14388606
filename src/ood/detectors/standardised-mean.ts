/**
 * Several detectors together: what the one does not see another does.
 *
 * Each score is standardised by the mean and standard deviation of the training images' own leave-one-out scores; the
 * joint score is the mean of them. Nothing is weighted, so nothing is tuned.
 */
import { standardised } from "../dataset-scales.js";
import { standardisationOf } from "../nearest.js";
import { type Detector, leaveOneOutScores } from "./detector.js";

export const standardisedMean = (parts: readonly Detector[]): Detector => ({
  fit(training) {
    const fitted = parts.map((part) => {
      const usual = standardiser(part.leaveOneOut?.(training) ?? leaveOneOutScores(part, training));
      const { score } = part.fit(training);
      return (evidence: Parameters<typeof score>[0]) => usual(score(evidence));
    });
    return { score: (evidence) => average(fitted.map((score) => score(evidence))) };
  },
});

function standardiser(scores: readonly number[]): (score: number) => number {
  const scale = standardisationOf(scores);
  return (score) => standardised(score, scale);
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
