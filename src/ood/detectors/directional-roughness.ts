/**
 * Mahalanobis distance of the image's roughness along its axes to the nearest dataset (see ../roughness-features.ts).
 *
 * It looks at the image alone, for what features of a network hardly show: resolution lost along one axis.
 */
import { fitColumnScaling } from "../column-scaling.js";
import { fitGaussianClasses } from "../gaussian-classes.js";
import type { Detector } from "./detector.js";
import { requiredVector, trainingVectors } from "./required-evidence.js";

export const directionalRoughness = (): Detector => ({
  fit(training) {
    const rows = trainingVectors(training, (evidence, length) =>
      requiredVector(evidence, "roughness", length),
    );
    const scale = fitColumnScaling(rows);
    const classes = fitGaussianClasses(
      rows.map(scale),
      training.map(({ dataset }) => dataset),
    );
    const length = rows[0]!.length;
    return {
      score: (evidence) => classes.distance(scale(requiredVector(evidence, "roughness", length))),
    };
  },
});
