/**
 * C. Sastry and S. Oore, "Detecting Out-of-Distribution Examples with Gram Matrices", ICML 2020: how far entries of the Gram
 * matrix leave the range that they have among the training images, as a share of the range's nearer end (eq. 3). Of the
 * Gram matrix itself (their order 1), and without classes, since a network for segmentation predicts none; entries are per
 * voxel, so that an image's size says nothing.
 */
import type { Detector } from "./detector.js";
import type { PooledFeatureOptions } from "./mahalanobis.js";
import { gramEntries, trainingVectors } from "./required-evidence.js";

/** The sum over all entries of one layer. */
export const gramDeviation = ({ layer = "bottleneck" }: PooledFeatureOptions = {}): Detector => ({
  fit(training) {
    const rows = trainingVectors(training, (evidence, length) => gramEntries(evidence, layer, length));
    const entries = rows[0]!.map((_, at) => at);
    const lowest = entries.map((at) => Math.min(...rows.map((row) => row[at]!)));
    const highest = entries.map((at) => Math.max(...rows.map((row) => row[at]!)));
    return {
      score: (evidence) =>
        gramEntries(evidence, layer, entries.length).reduce(
          (sum, value, at) => sum + deviation(value, lowest[at]!, highest[at]!),
          0,
        ),
    };
  },
});

function deviation(value: number, low: number, high: number): number {
  if (value < low) return (low - value) / Math.max(Math.abs(low), TINY);
  if (value > high) return (value - high) / Math.max(Math.abs(high), TINY);
  return 0;
}

/** An end of exactly zero (a channel that was dead in training) must not make the smallest number infinite. */
const TINY = 1e-6;
