/**
 * How unusual the size of what was found is: the distance of the logarithm of its volume to the nearest dataset's mean, in
 * standard deviations of the training images around their datasets' means.
 */
import { fitGaussianClasses } from "../gaussian-classes.js";
import type { Detector } from "./detector.js";
import { requiredEvidence, trainingVectors } from "./required-evidence.js";

/** The logarithm of mm3; nothing at all counts as 1 mm3. */
const logVolume = (evidence: Parameters<typeof requiredEvidence>[0]): Float64Array =>
  Float64Array.of(Math.log1p(requiredEvidence(evidence, "mask").volume));

export const predictedVolume = (): Detector => ({
  opponent: "doubt",
  fit(training) {
    const classes = fitGaussianClasses(
      trainingVectors(training, logVolume),
      training.map(({ dataset }) => dataset),
    );
    return { score: (evidence) => classes.distance(logVolume(evidence)) };
  },
});
