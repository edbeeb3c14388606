/**
 * A detector whose reference images are ones that the network was not trained on: the held-out images stand in for the training
 * images, whose features a network may have fitted more closely than those of any new image (MedicOOD takes its references from
 * such networks: B. Lambert et al., arXiv 2308.07324).
 *
 * With fewer than three held-out patients it is the detector itself.
 */
import { FEWEST_SUBJECTS } from "../signature-references.js";
import { type Detector, leaveOneOutScores } from "./detector.js";

export const withHeldOutReferences = (detector: Detector): Detector => ({
  fit(training, _graded, heldOut = []) {
    const subjects = new Set(heldOut.map(({ subject }) => subject)).size;
    // One patient more, so that one can be set aside.
    if (subjects <= FEWEST_SUBJECTS) return detector.fit(training);
    return {
      score: detector.fit(heldOut).score,
      heldOut: detector.leaveOneOut?.(heldOut) ?? leaveOneOutScores(detector, heldOut),
    };
  },
});
