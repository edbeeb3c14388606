/** Detectors by name, with their default options. To add one, write its file and name it here. */
import { datasetClassifier } from "./dataset-classifier.js";
import type { Detector } from "./detector.js";
import { directionalRoughness } from "./directional-roughness.js";
import { featureClassifier } from "./feature-classifier.js";
import { intensityHistogram } from "./intensity-histogram.js";
import { kNearestNeighbours } from "./k-nearest-neighbours.js";
import { localSignature } from "./local-signature.js";
import { mahalanobis } from "./mahalanobis.js";
import { entropy, maximumProbability, memberUncertainty } from "./prediction-uncertainty.js";
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
  "k-nearest-neighbours": kNearestNeighbours(),
  "intensity-histogram": intensityHistogram(),
  "dataset-classifier": datasetClassifier(),
  "feature-classifier": featureClassifier(),
  entropy: entropy(),
  "maximum-probability": maximumProbability(),
  "dropout-entropy": memberUncertainty("dropout", "entropy"),
  "dropout-mutual-information": memberUncertainty("dropout", "mutualInformation"),
  "ensemble-entropy": memberUncertainty("ensemble", "entropy"),
  "ensemble-mutual-information": memberUncertainty("ensemble", "mutualInformation"),
  "ensemble-disagreement": memberUncertainty("ensemble", "disagreement"),
  "augmentation-entropy": memberUncertainty("augmentation", "entropy"),
};
