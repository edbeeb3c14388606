/**
 * What a guard looks at, and how the parts become one measure.
 *
 * The parts miss different images: the signature does not see resolution lost along an axis, roughness does not see what is in
 * the image, and a network may be sure of what it has never seen. Each part is standardised by the same images' measures, so
 * that none weighs more than another, and the joint measure is their mean. A part that finds the image more usual than most
 * counts as 0: being familiar in one respect excuses nothing in another.
 */
import type { CaseEvidence } from "./case-evidence.js";
import { requiredEvidence } from "./detectors/required-evidence.js";
import type { Standardisation } from "./nearest.js";
import { type RoughnessModel, type RoughnessScore, scoreRoughness } from "./roughness-model.js";
import { type SignatureModel, type SignatureScore, scoreSignatures } from "./signature-model.js";

/**
 * - `signature`: distance of the features' spectra to the nearest dataset
 * - `roughness`: distance of the image's roughness along its axes to the nearest dataset
 * - `doubt`: entropy of the prediction away from the mask's boundaries
 */
export const guardParts = ["signature", "roughness", "doubt"] as const;

/** What the guard looks at: features, resolution along each axis, doubt inside the mask. */
export type GuardPart = (typeof guardParts)[number];

/** One image's measures, each in its own unit; larger is more foreign. */
export type PartMeasures = Readonly<Record<GuardPart, number>>;

/** What is fitted to the images that new ones are compared with. */
export interface GuardModel extends SignatureModel {
  readonly roughness: RoughnessModel;
}

export interface PartScores {
  readonly signature: SignatureScore;
  readonly roughness: RoughnessScore;
  /** Nats. */
  readonly doubt: number;
}

/** @throws UserError where a part's evidence is missing, or of another network */
export const scoreParts = (model: GuardModel, evidence: CaseEvidence): PartScores => ({
  signature: scoreSignatures(model, evidence),
  roughness: scoreRoughness(model.roughness, evidence),
  doubt: requiredEvidence(evidence, "interiorEntropy"),
});

export const measuresOf = ({ signature, roughness, doubt }: PartScores): PartMeasures => ({
  signature: signature.measure,
  roughness: roughness.measure,
  doubt,
});

/** @throws UserError as `scoreParts` */
export const measureParts = (model: GuardModel, evidence: CaseEvidence): PartMeasures =>
  measuresOf(scoreParts(model, evidence));

/** What standardises each part: mean and deviation of images that are like the training images. */
export type PartScales = Readonly<Record<GuardPart, Standardisation>>;

export function partScales(usual: readonly PartMeasures[]): PartScales {
  const scale = (part: GuardPart): Standardisation => spread(usual.map((measures) => measures[part])).scale;
  return { signature: scale("signature"), roughness: scale("roughness"), doubt: scale("doubt") };
}

export function standardisedParts(measures: PartMeasures, scales: PartScales): PartMeasures {
  const value = (part: GuardPart): number => (measures[part] - scales[part].mean) / scales[part].deviation;
  return { signature: value("signature"), roughness: value("roughness"), doubt: value("doubt") };
}

/** @returns 0 or more */
export const joinedMeasure = (standardised: PartMeasures): number =>
  guardParts.reduce((sum, part) => sum + Math.max(0, standardised[part]), 0) / guardParts.length;

/**
 * The joint measures of the images that say what is usual, each standardised by the others: a new image is not among those that
 * standardise it, and neither may these be, or their measures would be too small and the false alarms too many.
 */
export function usualMeasures(usual: readonly PartMeasures[]): number[] {
  const spreads = Object.fromEntries(
    guardParts.map((part) => [part, spread(usual.map((measures) => measures[part]))]),
  ) as Record<GuardPart, Spread>;
  return usual.map((measures) =>
    joinedMeasure(
      standardisedParts(measures, {
        signature: spreads.signature.without(measures.signature),
        roughness: spreads.roughness.without(measures.roughness),
        doubt: spreads.doubt.without(measures.doubt),
      }),
    ),
  );
}

interface Spread {
  readonly scale: Standardisation;
  /** As if this one of the values had not been there. */
  without(value: number): Standardisation;
}

/** Mean and deviation of values, and of all but one of them: in time that grows with their number, not its square. */
function spread(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, count);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    scale: scaleOf(count, mean, squares),
    without: (value) => {
      const left = count - 1;
      const offset = value - mean;
      const rest = squares - (offset * offset * count) / Math.max(1, left);
      return scaleOf(left, mean - offset / Math.max(1, left), Math.max(0, rest));
    },
  };
}

/** Of fewer than two images no deviation is known: differences count as they are. Else at least a thousandth of the mean. */
const scaleOf = (count: number, mean: number, squares: number): Standardisation => ({
  mean: count > 0 ? mean : 0,
  deviation: count < 2 ? 1 : Math.max(Math.sqrt(squares / (count - 1)), Math.abs(mean) / 1000, 1e-12),
});
