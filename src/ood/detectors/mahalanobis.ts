/**
 * Mahalanobis distance of the pooled features to the nearest dataset: Lee et al., NeurIPS 2018 (see ../gaussian-classes.ts),
 * on mean features of one layer as in Gonzalez et al. 2021 for segmentation networks.
 */
import { fitGaussianClasses } from "../gaussian-classes.js";
import type { Detector } from "./detector.js";
import { pooledFeatures, trainingVectors } from "./required-evidence.js";

export interface PooledFeatureOptions {
  /** Default `bottleneck`. */
  readonly layer?: string;
}

export const mahalanobis = ({ layer = "bottleneck" }: PooledFeatureOptions = {}): Detector => ({
  fit(training) {
    const features = trainingVectors(training, (evidence, length) => pooledFeatures(evidence, layer, length));
    const classes = fitGaussianClasses(
      features,
      training.map(({ dataset }) => dataset),
    );
    const channels = features[0]!.length;
    return { score: (evidence) => classes.distance(pooledFeatures(evidence, layer, channels)) };
  },
});
