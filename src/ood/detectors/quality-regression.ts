/**
 * A regression that foretells the Dice coefficient of a mask, from its doubt, its size, its pieces and how familiar the
 * image's features are: a regressor of quality, as in Zenk et al. 2025 (there by a network or a forest). It learns from
 * images with a reference that the network was not trained on, whole and corrupted.
 */
import { UserError } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";
import { fitColumnScaling } from "../column-scaling.js";
import { fitRidge } from "../ridge-regression.js";
import type { Detector, GradedEvidence } from "./detector.js";
import { requiredEvidence } from "./required-evidence.js";
import { spectralSignature } from "./spectral-signature.js";

/** Fewer images say nothing of seven weights. */
export const FEWEST_GRADED_IMAGES = 10;

/** The score is 1 minus the Dice coefficient that is foretold. */
export const qualityRegression = (): Detector => ({
  learnsFromGraded: true,
  fit(training, graded = []) {
    refuseTooFew(graded);
    const signature = spectralSignature().fit(training);
    const featuresOf = (evidence: CaseEvidence): Float64Array => {
      const { entropy, maximumProbability } = requiredEvidence(evidence, "confidence");
      const mask = requiredEvidence(evidence, "mask");
      return Float64Array.of(
        entropy,
        maximumProbability,
        mask.nonBoundaryEntropy,
        mask.patchEntropy,
        Math.log1p(mask.volume),
        Math.log1p(mask.components),
        signature.score(evidence),
      );
    };
    const rows = graded.map(({ evidence }) => featuresOf(evidence));
    const standardise = fitColumnScaling(rows);
    const dice = graded.map((one) => one.dice);
    const { predict } = fitRidge(rows.map(standardise), dice);
    return { score: (evidence) => 1 - predict(standardise(featuresOf(evidence))) };
  },
});

function refuseTooFew(graded: readonly GradedEvidence[]): void {
  if (graded.length >= FEWEST_GRADED_IMAGES) return;
  throw new UserError({
    subject: "regression of quality",
    found: `${graded.length} images whose Dice coefficient is known`,
    expected: `at least ${FEWEST_GRADED_IMAGES}`,
    advice: "Give more validation images, or leave out this detector.",
  });
}
