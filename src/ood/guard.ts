/** What ships with a network to recognise foreign images, and its verdict on one image. */
import { caseKey, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { fitLocalSignatures } from "./detectors/local-signature.js";
import { requiredEvidence } from "./detectors/required-evidence.js";
import {
  type GuardModel,
  guardParts,
  joinedMeasure,
  measureParts,
  measuresOf,
  type PartMeasures,
  partScales,
  scoreParts,
  standardisedParts,
  usualMeasures,
} from "./guard-parts.js";
import { fitRoughness, type RoughnessModel } from "./roughness-model.js";
import { type SignatureModel, scoreSignatures, type TrainingCase } from "./signature-model.js";
import type { SpectralSignatureOptions } from "./signature-references.js";
import { conformalPValue, fitThreshold, type ThresholdChoice } from "./thresholds/index.js";
import {
  type AxisNames,
  NOTHING_RAISED,
  partWords,
  raised,
  SIGNATURE_WORDS,
  UNNAMED_AXES,
  type Verdict,
} from "./verdict.js";

/** Measures of in-distribution images, by which a new image's measure is judged. */
export interface GuardCalibration {
  /**
   * - `held-out`: images that the network was not trained on. With the conformal rule, images exchangeable with them
   *   raise a false alarm with probability at most alpha, in finite samples, as far as the parts' standardisation
   *   depends little on any one image.
   * - `leave-one-out`: the training images, each measured by the guard without its patient. The same holds as far as the
   *   network treats its training images like new ones; `held-out` is the safer.
   */
  readonly source: "leave-one-out" | "held-out";
  /** Who was set aside when a training image was measured. `case` is of guards written before subjects were. */
  readonly leaveOut: "case" | "subject";
  /** Joint measures; of the signature where the guard looks at nothing else. */
  readonly measures: readonly number[];
  /**
   * Of a network of an ensemble: which measures are its own, of images that it was not trained on; the others are of the
   * ensemble's other networks (see `poolCalibration`).
   */
  readonly own?: { readonly first: number; readonly count: number };
  /** What the joint measures come from; absent in guards that look at the signature alone. */
  readonly parts?: readonly PartMeasures[];
  /** Which images the measures are of, in their order; absent in guards of version 1. */
  readonly images?: readonly CalibrationImage[];
}

export interface CalibrationImage extends TrainingCase {
  /** SHA-256 of its files, by which it is known under another name; absent where nobody computed it. */
  readonly files?: string;
}

export interface Guard extends SignatureModel {
  /** Absent in guards of version 1, which look at the signature alone. */
  readonly roughness?: RoughnessModel;
  readonly calibration: GuardCalibration;
  readonly threshold: { readonly choice: ThresholdChoice; readonly value: number };
}

export interface GuardOptions extends SpectralSignatureOptions {
  readonly threshold: ThresholdChoice;
  /** Held-out in-distribution images; without them the training images are measured, each left out. */
  readonly heldOut?: readonly CaseEvidence[];
}

/**
 * @throws UserError for too few images, images that are both training and held-out, missing layers, or an alpha so small
 *   that nothing could ever be refused
 */
export function fitGuard(training: readonly CaseEvidence[], options: GuardOptions): Guard {
  const { heldOut, threshold } = options;
  const { model, leaveOneOut } = fitGuardModel(training, options);
  if (heldOut !== undefined) refuseShared(training, heldOut);
  const calibration: UsualImages =
    heldOut === undefined
      ? { source: "leave-one-out", images: training.map(nameOf), parts: leaveOneOut }
      : {
          source: "held-out",
          images: heldOut.map(nameOf),
          parts: heldOut.map((evidence) => measureParts(model, evidence)),
        };
  return calibratedGuard(model, calibration, threshold);
}

export interface GuardFit {
  readonly model: GuardModel;
  /** Of each training image, with the images of its patient left out. */
  readonly leaveOneOut: readonly PartMeasures[];
}

/** What a guard compares new images with. @throws UserError as `fitGuard` */
export function fitGuardModel(
  training: readonly CaseEvidence[],
  options: SpectralSignatureOptions = {},
): GuardFit {
  const signatures = fitLocalSignatures(training, options);
  const roughness = fitRoughness(training);
  return {
    model: { ...signatures.model, roughness: roughness.model },
    leaveOneOut: training.map((evidence, at) => ({
      signature: signatures.leaveOneOut[at]!,
      roughness: roughness.leaveOneOut[at]!,
      doubt: requiredEvidence(evidence, "interiorEntropy"),
    })),
  };
}

/** Images that say what is usual, and their measures, by whatever guard did not know them. */
export interface UsualImages {
  readonly source: GuardCalibration["source"];
  readonly images: readonly CalibrationImage[];
  readonly parts: readonly PartMeasures[];
}

/** @throws UserError where the measures are too few for the threshold, or not finite */
export function calibratedGuard(
  model: GuardModel,
  { source, images, parts }: UsualImages,
  choice: ThresholdChoice,
): Guard {
  const measures = usualMeasures(parts);
  return {
    ...model,
    calibration: { source, leaveOut: "subject", measures, parts, images },
    threshold: { choice, value: fitThreshold(measures, choice) },
  };
}

/**
 * @param evidence of one image, from the network that the guard was fitted on
 * @param axes what the axes of the prepared image are called in the verdict's words
 * @throws UserError where a part's evidence is missing, or a layer has other channels than the guard's
 */
export function checkGuard(guard: Guard, evidence: CaseEvidence, axes: AxisNames = UNNAMED_AXES): Verdict {
  const { measure, parts, score } = judgedParts(guard, evidence, axes);
  const { choice, value: threshold } = guard.threshold;
  const foreign = measure > threshold;
  return {
    ...score,
    measure,
    foreign,
    pValue: conformalPValue(guard.calibration.measures, measure),
    threshold,
    parts,
    ...(foreign ? raised(parts, choice) : NOTHING_RAISED),
  };
}

interface JudgedParts extends Pick<Verdict, "measure" | "parts"> {
  readonly score: Pick<Verdict, "nearest" | "byLayer">;
}

function judgedParts({ roughness, ...guard }: Guard, evidence: CaseEvidence, axes: AxisNames): JudgedParts {
  const { parts: usual, measures } = guard.calibration;
  if (roughness === undefined || usual === undefined) {
    const score = scoreSignatures(guard, evidence);
    const { measure } = score;
    const pValue = conformalPValue(measures, measure);
    const signature = { measure, standardised: measure, pValue, words: SIGNATURE_WORDS };
    return { measure, parts: { signature }, score };
  }
  const scores = scoreParts({ ...guard, roughness }, evidence);
  const measured = measuresOf(scores);
  const standardised = standardisedParts(measured, partScales(usual));
  const words = partWords(scores.roughness, axes);
  const parts = guardParts.map((part) => {
    const own = usual.map((image) => image[part]);
    const pValue = conformalPValue(own, measured[part]);
    return [part, { measure: measured[part], standardised: standardised[part], pValue, words: words[part] }];
  });
  return {
    measure: joinedMeasure(standardised),
    parts: Object.fromEntries(parts),
    score: scores.signature,
  };
}

const nameOf = ({ dataset, id }: CaseEvidence): TrainingCase => ({ dataset, case: id });

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
