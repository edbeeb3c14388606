/**
 * Mahalanobis distance of the intensity histogram among its principal components (Frolova et al., arXiv 2212.06506; see
 * ../intensity-features.ts). It looks at the image alone, never at the network, and is known as hard to beat.
 *
 * Different here: one mean for each dataset, as the training images are of several modalities, and a shrunk covariance.
 */
import { fitGaussianClasses } from "../gaussian-classes.js";
import { fitPrincipalComponents } from "../principal-components.js";
import type { Detector } from "./detector.js";
import { requiredVector, trainingVectors } from "./required-evidence.js";

export interface IntensityHistogramOptions {
  /** Share of the histograms' variance that the components keep; default 0.9999. */
  readonly variance?: number;
}

export const intensityHistogram = ({ variance = 0.9999 }: IntensityHistogramOptions = {}): Detector => ({
  fit(training) {
    const histograms = trainingVectors(training, (evidence, length) =>
      requiredVector(evidence, "intensities", length),
    );
    const project = fitPrincipalComponents(histograms, variance);
    const classes = fitGaussianClasses(
      histograms.map(project),
      training.map(({ dataset }) => dataset),
    );
    const bins = histograms[0]!.length;
    return {
      score: (evidence) => classes.distance(project(requiredVector(evidence, "intensities", bins))),
    };
  },
});
