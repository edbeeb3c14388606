/**
 * Scores that are the prediction's own doubt and need no training images: the baselines of the paper.
 *
 * Entropy and mutual information as in Gal and Ghahramani, "Dropout as a Bayesian Approximation" (2016), Houlsby et al.
 * (2011) and Lakshminarayanan et al. (2017); pairwise Dice as in Roy et al., "Bayesian QuickNAT" (2019); maximum
 * probability as in Hendrycks and Gimpel (2017).
 */
import type { MemberUncertainty } from "../case-evidence.js";
import type { Detector, MemberSource } from "./detector.js";
import { directScore } from "./direct-score.js";
import { requiredEvidence } from "./required-evidence.js";

/** Mean entropy over the predicted foreground, nats. */
export const entropy = (): Detector =>
  directScore("doubt", (evidence) => requiredEvidence(evidence, "confidence").entropy);

/** Mean entropy inside the mask, away from its boundaries, nats: what the guard calls doubt. */
export const interiorEntropy = (): Detector =>
  directScore("doubt", (evidence) => requiredEvidence(evidence, "interiorEntropy"));

/** 1 minus the mean maximum probability over the predicted foreground. */
export const maximumProbability = (): Detector =>
  directScore("doubt", (evidence) => 1 - requiredEvidence(evidence, "confidence").maximumProbability);

/** Mean entropy away from the mask's boundary, nats: Zenk et al., "Comparative benchmarking of failure detection", 2025. */
export const nonBoundaryEntropy = (): Detector =>
  directScore("doubt", (evidence) => requiredEvidence(evidence, "mask").nonBoundaryEntropy);

/** Mean entropy of the most doubtful patch, nats: Kahl et al., "ValUES", ICLR 2024. */
export const patchEntropy = (): Detector =>
  directScore("doubt", (evidence) => requiredEvidence(evidence, "mask").patchEntropy);

/** One figure of how much several predictions of the image differ. */
export const memberUncertainty = (members: MemberSource, figure: keyof MemberUncertainty): Detector => ({
  ...directScore("doubt", (evidence) => requiredEvidence(evidence, members)[figure]),
  members,
});
