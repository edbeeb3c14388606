/**
 * How unsure a classifier is which training dataset an image is from: 1 minus its largest softmax probability (Hendrycks
 * and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples", ICLR 2017).
 *
 * The classifier is a linear one on the segmentation network's own pooled features; `dataset-classifier` is a network of its
 * own. Like any softmax it can be sure of an image far from all datasets: a baseline, no guard.
 */
import { UserError } from "../../base/index.js";
import { fitColumnScaling, scaleColumns } from "../column-scaling.js";
import { fitLogisticRegression } from "../logistic-regression.js";
import type { Detector } from "./detector.js";
import type { PooledFeatureOptions } from "./mahalanobis.js";
import { pooledFeatures, trainingVectors } from "./required-evidence.js";

export interface FeatureClassifierOptions extends PooledFeatureOptions {
  /** Inverse weight of the penalty on the weights; default 1. */
  readonly strength?: number;
}

export const featureClassifier = ({
  layer = "bottleneck",
  strength = 1,
}: FeatureClassifierOptions = {}): Detector => ({
  opponent: "dataset",
  fit(training) {
    const rows = trainingVectors(training, (evidence, length) => pooledFeatures(evidence, layer, length));
    const names = [...new Set(training.map(({ dataset }) => dataset))].sort();
    if (names.length < 2) {
      throw new UserError({
        subject: "feature classifier",
        found: `training images of one dataset, ${names[0]}`,
        expected: "images of two datasets or more",
        advice: "Train on several datasets, or leave this detector out.",
      });
    }
    const scaling = fitColumnScaling(rows);
    const model = fitLogisticRegression(
      rows.map((row) => scaleColumns(scaling, row)),
      training.map(({ dataset }) => names.indexOf(dataset)),
      names.length,
      strength,
    );
    const channels = rows[0]!.length;
    return {
      score(evidence) {
        const features = scaleColumns(scaling, pooledFeatures(evidence, layer, channels));
        return 1 - Math.max(...model.probabilities(features));
      },
    };
  },
});
