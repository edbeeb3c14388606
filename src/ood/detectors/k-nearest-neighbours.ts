/**
 * Distance to the k-th nearest training image: Y. Sun et al., "Out-of-Distribution Detection with Deep Nearest
 * Neighbors", ICML 2022, section 3, on pooled features divided by their Euclidean norm.
 */
import { euclidean } from "../nearest.js";
import type { Detector } from "./detector.js";
import type { PooledFeatureOptions } from "./mahalanobis.js";
import { pooledFeatures, trainingVectors } from "./required-evidence.js";

export interface NearestNeighbourOptions extends PooledFeatureOptions {
  /**
   * Default: min(5, n / 10) of n training images, rounded down; always between 1 and n. The paper's 50 and more are for
   * tens of thousands of images.
   */
  readonly k?: number;
}

export const kNearestNeighbours = ({ layer = "bottleneck", k }: NearestNeighbourOptions = {}): Detector => ({
  fit(training) {
    const features = trainingVectors(training, (evidence, length) => pooledFeatures(evidence, layer, length));
    const channels = features[0]!.length;
    const known = features.map(normalised);
    const rank = Math.max(1, Math.min(k ?? Math.min(5, Math.floor(known.length / 10)), known.length));
    return {
      score(evidence) {
        const given = normalised(pooledFeatures(evidence, layer, channels));
        const distances = Float64Array.from(known, (features) => euclidean(features, given)).sort();
        return distances[rank - 1]!;
      },
    };
  },
});

/** Of norm 1; features that are all zero stay so. */
function normalised(features: Float64Array): Float64Array {
  const norm = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0));
  return norm === 0 ? features : features.map((value) => value / norm);
}
