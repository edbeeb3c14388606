/**
 * FRODO: Çallı et al., "FRODO: An In-Depth Analysis of a System to Reject Outlier Samples From a Trained Neural Network",
 * IEEE Transactions on Medical Imaging 2022. Mean of each channel at every layer; Mahalanobis distance to the training
 * images, all of one distribution, at each layer; the mean over layers. The covariance is shrunk, as in
 * ../gaussian-classes.ts, because there are often fewer images than channels.
 */
import { fitGaussianClasses } from "../gaussian-classes.js";
import type { Detector } from "./detector.js";
import { layersOf, pooledFeatures, trainingVectors } from "./required-evidence.js";

export const frodo = (): Detector => ({
  fit(training) {
    const distances = layersOf(training).map((layer) => {
      const features = trainingVectors(training, (evidence, length) =>
        pooledFeatures(evidence, layer, length),
      );
      const one = fitGaussianClasses(
        features,
        features.map(() => ""),
      );
      return (evidence: (typeof training)[number]): number =>
        one.distance(pooledFeatures(evidence, layer, features[0]!.length));
    });
    return {
      score: (evidence) =>
        distances.reduce((sum, distance) => sum + distance(evidence), 0) / distances.length,
    };
  },
});
