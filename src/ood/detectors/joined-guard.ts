/**
 * The guard that ships, as a detector: see ../guard-parts.ts.
 *
 * Held-out images standardise its parts where there are two or more of them, else the training images, each left out.
 */
import { fitGuardModel } from "../guard.js";
import { joinedMeasure, measureParts, partScales, standardisedParts, usualMeasures } from "../guard-parts.js";
import type { Detector } from "./detector.js";

export const joinedGuard = (): Detector => ({
  fit(training, _graded, heldOut = []) {
    const { model, leaveOneOut } = fitGuardModel(training);
    const seen = heldOut.map((evidence) => measureParts(model, evidence));
    const scales = partScales(seen.length < 2 ? leaveOneOut : seen);
    return {
      score: (evidence) => joinedMeasure(standardisedParts(measureParts(model, evidence), scales)),
      ...(seen.length >= 2 && { heldOut: usualMeasures(seen) }),
    };
  },
});
