/**
 * Several detectors together: what the one does not see another does.
 *
 * Each score is standardised by the mean and standard deviation of the training images' own leave-one-out scores; the
 * joint score is the mean of them. Nothing is weighted, so nothing is tuned.
 */
import { type Detector, leaveOneOutScores } from "./detector.js";

export const standardisedMean = (parts: readonly Detector[]): Detector => ({
  fit(training) {
    const fitted = parts.map((part) => {
      const standardised = standardiser(part.leaveOneOut?.(training) ?? leaveOneOutScores(part, training));
      const { score } = part.fit(training);
      return (evidence: Parameters<typeof score>[0]) => standardised(score(evidence));
    });
    return { score: (evidence) => average(fitted.map((score) => score(evidence))) };
  },
});

function standardiser(scores: readonly number[]): (score: number) => number {
  const mean = average(scores);
  const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  // Training images that are all alike must not turn the smallest difference into an infinite one.
  const deviation = Math.max(Math.sqrt(squares / (scores.length - 1)), Math.abs(mean) / 1000, 1e-12);
  return (score) => (score - mean) / deviation;
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
