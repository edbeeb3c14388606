/**
 * How unsure a network trained to tell the training datasets apart is of an image: 1 minus its largest softmax probability
 * (Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples", ICLR 2017).
 *
 * The network is trained where evidence is gathered. Like any softmax it can be sure of an image far from all datasets: a
 * baseline, no guard.
 */
import type { Detector } from "./detector.js";
import { directScore } from "./direct-score.js";
import { requiredEvidence } from "./required-evidence.js";

export const datasetClassifier = (): Detector =>
  directScore("dataset", (evidence) => 1 - requiredEvidence(evidence, "datasetConfidence"));
