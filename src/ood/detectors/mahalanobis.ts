/**
 * Mahalanobis distance of the pooled features to the nearest dataset: Lee et al., NeurIPS 2018 (see ../gaussian-classes.ts),
 * on mean features of one layer as in Gonzalez et al. 2021 for segmentation networks.
 */
import type { CaseEvidence } from "../case-evidence.js";
import { fitGaussianClasses } from "../gaussian-classes.js";
import { leaveOutDistances } from "../gaussian-leave-out.js";
import type { Detector } from "./detector.js";
import { pooledFeatures, trainingVectors } from "./required-evidence.js";

export interface PooledFeatureOptions {
  /** Default `bottleneck`. */
  readonly layer?: string;
}

export const mahalanobis = ({ layer = "bottleneck" }: PooledFeatureOptions = {}): Detector => {
  const featuresOf = (training: readonly CaseEvidence[]): Float64Array[] =>
    trainingVectors(training, (evidence, length) => pooledFeatures(evidence, layer, length));
  return {
    fit(training) {
      const features = featuresOf(training);
      const classes = fitGaussianClasses(
        features,
        training.map(({ dataset }) => dataset),
      );
      const channels = features[0]!.length;
      return { score: (evidence) => classes.distance(pooledFeatures(evidence, layer, channels)) };
    },
    // Joined over layers, a fit without each patient would be a fit without each pair of them.
    leaveOneOut: (training) =>
      leaveOutDistances({
        features: featuresOf(training),
        classes: training.map(({ dataset }) => dataset),
        patients: training.map(({ subject }) => subject),
      }),
  };
};
