/** Detectors by name, with their default options. To add one, write its file and name it here. */
import { datasetClassifier } from "./dataset-classifier.js";
import type { Detector } from "./detector.js";
import { directionalRoughness } from "./directional-roughness.js";
import { featureClassifier } from "./feature-classifier.js";
import { frodo } from "./frodo.js";
import { gramDeviation } from "./gram-deviation.js";
import { intensityHistogram } from "./intensity-histogram.js";
import { kNearestNeighbours } from "./k-nearest-neighbours.js";
import { localSignature } from "./local-signature.js";
import { mahalanobis } from "./mahalanobis.js";
import { overLayers } from "./over-layers.js";
import { predictedVolume } from "./predicted-volume.js";
import {
  entropy,
  maximumProbability,
  memberUncertainty,
  nonBoundaryEntropy,
  patchEntropy,
} from "./prediction-uncertainty.js";
import { principalResidual } from "./principal-residual.js";
import { qualityRegression } from "./quality-regression.js";
import { spectralSignature } from "./spectral-signature.js";
import { standardisedMean } from "./standardised-mean.js";

export const detectors: Readonly<Record<string, Detector>> = {
  "spectral-signature": spectralSignature(),
  "local-signature": localSignature(),
  "signature-and-roughness": standardisedMean([spectralSignature(), directionalRoughness()]),
  "signature-and-entropy": standardisedMean([spectralSignature(), entropy()]),
  "signature-roughness-and-entropy": standardisedMean([
    spectralSignature(),
    directionalRoughness(),
    entropy(),
  ]),
  "directional-roughness": directionalRoughness(),
  mahalanobis: mahalanobis(),
  "mahalanobis-all-layers": overLayers((layer) => mahalanobis({ layer })),
  frodo: frodo(),
  "gram-deviation": overLayers((layer) => gramDeviation({ layer })),
  "principal-residual": principalResidual(),
  "k-nearest-neighbours": kNearestNeighbours(),
  "intensity-histogram": intensityHistogram(),
  "dataset-classifier": datasetClassifier(),
  "feature-classifier": featureClassifier(),
  entropy: entropy(),
  "maximum-probability": maximumProbability(),
  "non-boundary-entropy": nonBoundaryEntropy(),
  "patch-entropy": patchEntropy(),
  "predicted-volume": predictedVolume(),
  "quality-regression": qualityRegression(),
  "dropout-entropy": memberUncertainty("dropout", "entropy"),
  "dropout-mutual-information": memberUncertainty("dropout", "mutualInformation"),
  "dropout-disagreement": memberUncertainty("dropout", "disagreement"),
  "ensemble-entropy": memberUncertainty("ensemble", "entropy"),
  "ensemble-mutual-information": memberUncertainty("ensemble", "mutualInformation"),
  "ensemble-disagreement": memberUncertainty("ensemble", "disagreement"),
  "augmentation-entropy": memberUncertainty("augmentation", "entropy"),
  "augmentation-disagreement": memberUncertainty("augmentation", "disagreement"),
};
