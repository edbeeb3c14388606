/**
 * The paper's detector (see ../signature.ts), widened to several layers: one scale for all images.
 *
 * With several layers each distance is standardised by the mean and standard deviation of the training images' own
 * distances to their nearest neighbours, and the measure is the average; with one layer it is the distance itself.
 */
import type { CaseEvidence } from "../case-evidence.js";
import { standardised } from "../dataset-scales.js";
import { type Neighbours, neighbours, standardisation } from "../nearest.js";
import { scoreSignatures } from "../signature-model.js";
import {
  type SignatureFit,
  type SpectralSignatureOptions,
  signatureReferences,
} from "../signature-references.js";
import type { Detector } from "./detector.js";

/** @throws UserError for fewer than three subjects, a case twice, or a layer that is missing */
export function fitSignatures(
  training: readonly CaseEvidence[],
  options: SpectralSignatureOptions = {},
): SignatureFit {
  const { groups, layers, signatures, model } = signatureReferences(training, options);
  const near = layers.map((_, layer) =>
    neighbours(
      signatures.map((all) => all[layer]!),
      groups,
    ),
  );
  const single = { mean: 0, deviation: 1 };
  const scale = (neighboursOfLayer: Neighbours, without?: number) =>
    layers.length === 1 ? single : standardisation(neighboursOfLayer, groups, without);
  return {
    model: model(near.map((neighboursOfLayer) => scale(neighboursOfLayer))),
    leaveOneOut: training.map((_, image) => {
      const measures = near.map((neighboursOfLayer) =>
        standardised(neighboursOfLayer.first[image]!, scale(neighboursOfLayer, groups[image])),
      );
      return measures.reduce((sum, value) => sum + value, 0) / measures.length;
    }),
  };
}

export const spectralSignature = (options: SpectralSignatureOptions = {}): Detector => ({
  fit(training) {
    const { model } = fitSignatures(training, options);
    return { score: (evidence) => scoreSignatures(model, evidence).measure };
  },
  leaveOneOut: (training) => fitSignatures(training, options).leaveOneOut,
});
