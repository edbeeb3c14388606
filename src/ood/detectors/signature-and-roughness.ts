/**
 * The spectral signature together with the image's roughness along its axes: what the one does not see the other does.
 *
 * Each measure is standardised by the mean and standard deviation of the training images' own leave-one-out measures; the
 * score is the mean of the two.
 */

import { type Detector, leaveOneOutScores } from "./detector.js";
import { directionalRoughness } from "./directional-roughness.js";
import {
  fitSignatures,
  modelSignatures,
  type SpectralSignatureOptions,
  scoreSignatures,
} from "./spectral-signature.js";

export const signatureAndRoughness = (options: SpectralSignatureOptions = {}): Detector => ({
  fit(training) {
    const { model, leaveOneOut } = fitSignatures(training, options);
    const roughness = directionalRoughness();
    const ofSignature = standardiser(leaveOneOut);
    const ofRoughness = standardiser(leaveOneOutScores(roughness, training, options.leaveOut ?? "case"));
    const fitted = roughness.fit(training);
    return {
      score(evidence) {
        const { measure } = scoreSignatures(model, modelSignatures(model, evidence));
        return (ofSignature(measure) + ofRoughness(fitted.score(evidence))) / 2;
      },
    };
  },
});

function standardiser(measures: readonly number[]): (measure: number) => number {
  const mean = measures.reduce((sum, measure) => sum + measure, 0) / measures.length;
  const squares = measures.reduce((sum, measure) => sum + (measure - mean) ** 2, 0);
  const deviation = Math.max(Math.sqrt(squares / (measures.length - 1)), Math.abs(mean) / 1000, 1e-12);
  return (measure) => (measure - mean) / deviation;
}
