/**
 * Mahalanobis distance of the intensity histogram among its principal components (Frolova et al., arXiv 2212.06506; see
 * ../intensity-features.ts). It looks at the image alone, never at the network, and is known as hard to beat.
 *
 * Different here, because each made this baseline better at telling datasets left out of training: square roots of the
 * shares, which vary alike in full and nearly empty bins (Hellinger's distance); one mean for each dataset, as the training
 * images are of several modalities; a shrunk covariance.
 */

import { fitPrincipalComponents } from "../../base/principal-components.js";
import type { CaseEvidence } from "../case-evidence.js";
import { fitGaussianClasses } from "../gaussian-classes.js";
import type { Detector } from "./detector.js";
import { requiredVector, trainingVectors } from "./required-evidence.js";

export interface IntensityHistogramOptions {
  /** Share of the histograms' variance that the components keep; default 0.999. */
  readonly variance?: number;
}

export const intensityHistogram = ({ variance = 0.999 }: IntensityHistogramOptions = {}): Detector => ({
  fit(training) {
    const histograms = trainingVectors(training, readRoots);
    const project = fitPrincipalComponents(histograms, variance);
    const classes = fitGaussianClasses(
      histograms.map(project),
      training.map(({ dataset }) => dataset),
    );
    const bins = histograms[0]!.length;
    return { score: (evidence) => classes.distance(project(readRoots(evidence, bins))) };
  },
});

const readRoots = (evidence: CaseEvidence, bins?: number): Float64Array =>
  requiredVector(evidence, "intensities", bins).map((share) => Math.sqrt(Math.max(0, share)));
