/** What ships with a network to recognise foreign images, and its verdict on one image. */
import { caseKey, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import {
  fitSignatures,
  modelSignatures,
  type SignatureModel,
  type SignatureScore,
  type SpectralSignatureOptions,
  scoreSignatures,
} from "./detectors/spectral-signature.js";
import { conformalPValue, fitThreshold, type ThresholdChoice } from "./thresholds/index.js";

/** Measures of in-distribution images, by which a new image's measure is judged. */
export interface GuardCalibration {
  /**
   * - `held-out`: images that the network was not trained on. With the conformal rule, images exchangeable with them
   *   raise a false alarm with probability at most alpha, in finite samples.
   * - `leave-one-out`: the training images, each measured by the guard without its patient. With one layer the same bound holds
   *   (adding the new image could only bring the others' neighbours nearer, so the p-value is never too small). With
   *   several it holds as far as the layers' standardisation depends little on any one image. Either way a network
   *   that treats its training images differently from new ones breaks exchangeability; `held-out` is then the safer.
   */
  readonly source: "leave-one-out" | "held-out";
  /** Who was set aside when a training image was measured. `case` is of guards written before subjects were. */
  readonly leaveOut: "case" | "subject";
  readonly measures: readonly number[];
  /**
   * Of a network of an ensemble: which measures are its own, of images that it was not trained on; the others are of the
   * ensemble's other networks (see `poolCalibration`).
   */
  readonly own?: { readonly first: number; readonly count: number };
}

export interface Guard extends SignatureModel {
  readonly calibration: GuardCalibration;
  readonly threshold: { readonly choice: ThresholdChoice; readonly value: number };
}

export interface GuardOptions extends SpectralSignatureOptions {
  readonly threshold: ThresholdChoice;
  /** Held-out in-distribution images; without them the training images are measured, each left out. */
  readonly heldOut?: readonly CaseEvidence[];
}

export interface Verdict extends SignatureScore {
  /** The measure is above the threshold. With the conformal rule: the p-value is at most alpha. */
  readonly foreign: boolean;
  /** Conformal p-value of the measure among the calibration measures, whatever the threshold's rule. */
  readonly pValue: number;
  readonly threshold: number;
}

/**
 * @throws UserError for too few images, images that are both training and held-out, missing layers, or an alpha so small
 *   that nothing could ever be refused
 */
export function fitGuard(training: readonly CaseEvidence[], options: GuardOptions): Guard {
  const { heldOut, threshold: choice } = options;
  const { model, leaveOneOut } = fitSignatures(training, options);
  if (heldOut !== undefined) refuseShared(training, heldOut);
  const measures =
    heldOut?.map((evidence) => scoreSignatures(model, modelSignatures(model, evidence)).measure) ??
    leaveOneOut;
  const source = heldOut === undefined ? "leave-one-out" : "held-out";
  return {
    ...model,
    calibration: { source, leaveOut: "subject", measures },
    threshold: { choice, value: fitThreshold(measures, choice) },
  };
}

/** The same guard with another threshold: nothing needs to be measured again. */
export const withThreshold = (guard: Guard, choice: ThresholdChoice): Guard => ({
  ...guard,
  threshold: { choice, value: fitThreshold(guard.calibration.measures, choice) },
});

/**
 * @param evidence of one image, from the network that the guard was fitted on
 * @throws UserError where a layer is missing or has other channels than the guard's
 */
export const checkGuard = (guard: Guard, evidence: CaseEvidence): Verdict =>
  judgeSignatures(guard, modelSignatures(guard, evidence));

/** As `checkGuard`, from signatures already computed: one for each of the guard's layers, in their order. */
export function judgeSignatures(guard: Guard, signatures: readonly ArrayLike<number>[]): Verdict {
  const score = scoreSignatures(guard, signatures);
  return {
    ...score,
    foreign: score.measure > guard.threshold.value,
    pValue: conformalPValue(guard.calibration.measures, score.measure),
    threshold: guard.threshold.value,
  };
}

function refuseShared(training: readonly CaseEvidence[], heldOut: readonly CaseEvidence[]): void {
  const known = new Set(training.map(caseKey));
  const shared = heldOut.map(caseKey).filter((key) => known.has(key));
  if (shared.length === 0) return;
  throw new UserError({
    subject: "held-out images of the guard",
    found: `${shared.slice(0, 3).join(", ")}${shared.length > 3 ? ` and ${shared.length - 3} more` : ""} among the training images`,
    expected: "images that are not training images",
    advice: "Split the cases by subject before training, and calibrate on the validation part.",
  });
}
