/**
 * The guard: recognises images foreign to a network's training from the spectral signatures of its feature maps.
 *
 * Measure of an image: for each layer the smallest Euclidean distance to the signatures of the training images (eq. 1 of
 * the paper), standardised by what training images have when left out, averaged over layers. The verdict compares it with
 * measures of images that were not among the training images, so that the promise on false alarms holds.
 */
import { z } from "zod";
import { UserError } from "../user-error.js";
import { type SignatureForm, signatureDistance, signatureForms } from "./signature.js";
import { conformalPValue, type ThresholdName, thresholds } from "./thresholds/index.js";

const finite = z.number();

export const guardSchema = z.strictObject({
  version: z.literal(1),
  form: z.enum(signatureForms),
  layers: z.array(z.string()).min(1).max(64),
  /** Signatures of the training images, by layer in the order of `layers`. */
  training: z
    .array(
      z.strictObject({
        dataset: z.string(),
        case: z.string(),
        subject: z.string(),
        signatures: z.array(z.array(finite).min(1).max(4096)).min(1).max(64),
      }),
    )
    .min(2)
    .max(100_000),
  /** Mean and standard deviation of left-out training images' distances, by layer. */
  standardisation: z.array(z.strictObject({ mean: finite, deviation: finite.positive() })),
  /** Measures that the verdict compares with, and where they come from. */
  calibration: z.strictObject({
    source: z.enum(["held-out", "leave-one-out"]),
    measures: z.array(finite).min(1),
  }),
  threshold: z.strictObject({
    kind: z.enum(Object.keys(thresholds) as [ThresholdName, ...ThresholdName[]]),
    alpha: finite.optional(),
    k: finite.optional(),
    limit: finite,
  }),
});

export type Guard = z.output<typeof guardSchema>;

/** Signatures of one image, by layer name. */
export type ImageSignatures = Readonly<Record<string, ArrayLike<number>>>;

export interface GuardCase {
  readonly dataset: string;
  readonly case: string;
  readonly subject: string;
  readonly signatures: ImageSignatures;
}

export interface GuardOptions {
  readonly form: SignatureForm;
  readonly layers: readonly string[];
  readonly threshold: { readonly kind: ThresholdName; readonly alpha?: number; readonly k?: number };
}

export interface Verdict {
  readonly foreign: boolean;
  /** Conformal p-value: how usual the measure is among in-distribution images, from 1 / (n + 1) to 1. */
  readonly pValue: number;
  readonly measure: number;
  /** Measures above it are foreign. */
  readonly threshold: number;
  /** The training image that the image resembles most. */
  readonly nearest: { readonly dataset: string; readonly case: string };
  /** Standardised distance by layer. */
  readonly byLayer: Readonly<Record<string, number>>;
}

/**
 * Fits a guard to training images.
 *
 * @param heldOut images of the same datasets that training did not see. With them the promise on false alarms is exact;
 * without, each training image is measured against those of other subjects, which is exact only approximately because
 * the network has seen them.
 */
export function fitGuard(
  training: readonly GuardCase[],
  heldOut: readonly GuardCase[],
  options: GuardOptions,
): Guard {
  const { form, layers } = options;
  const subjects = new Set(training.map(({ subject }) => subject));
  if (subjects.size < 2) {
    throw new UserError({
      subject: "guard",
      found: `${subjects.size} training subject`,
      expected: "at least two",
      advice: "Give more training images.",
    });
  }
  const stored = training.map((item) => ({
    dataset: item.dataset,
    case: item.case,
    subject: item.subject,
    signatures: layers.map((layer) => Array.from(signatureOfLayer(item, layer))),
  }));
  const standardisation = layers.map((_, layer) => {
    const distances = stored.map((item) =>
      nearestDistance(item.signatures[layer]!, stored, layer, item.subject),
    );
    const mean = distances.reduce((a, b) => a + b, 0) / distances.length;
    const variance =
      distances.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, distances.length - 1);
    return { mean, deviation: Math.max(Math.sqrt(variance), 1e-9) };
  });
  const base = { version: 1 as const, form, layers: [...layers], training: stored, standardisation };
  const measures =
    heldOut.length > 0
      ? heldOut.map(
          (item) =>
            measureOf(
              base,
              layers.map((layer) => Array.from(signatureOfLayer(item, layer))),
            ).measure,
        )
      : stored.map((item) => measureOf(base, item.signatures, item.subject).measure);
  const { kind, alpha, k } = options.threshold;
  const { limit } = thresholds[kind](measures, { alpha, k });
  return {
    ...base,
    calibration: { source: heldOut.length > 0 ? "held-out" : "leave-one-out", measures },
    threshold: { kind, alpha, k, limit },
  };
}

/** @throws RangeError where a layer of the guard has no signature */
export function checkGuard(guard: Guard, signatures: ImageSignatures): Verdict {
  const own = guard.layers.map((layer) => Array.from(signatureOfLayer({ signatures }, layer)));
  const { measure, byLayer, nearest } = measureOf(guard, own);
  const pValue = conformalPValue(measure, guard.calibration.measures);
  const { kind, alpha, limit } = guard.threshold;
  return {
    // Ties with a calibration measure are decided by the p-value, as the promise needs.
    foreign: kind === "conformal" ? pValue <= (alpha as number) + 1e-12 : measure > limit,
    pValue,
    measure,
    threshold: limit,
    nearest,
    byLayer: Object.fromEntries(guard.layers.map((layer, index) => [layer, byLayer[index]!])),
  };
}

/** @throws UserError where the JSON is not a guard of this version */
export function readGuard(json: unknown, subject: string): Guard {
  const result = guardSchema.safeParse(json);
  if (
    result.success &&
    result.data.training.every((item) => item.signatures.length === result.data.layers.length)
  ) {
    return result.data;
  }
  throw new UserError({
    subject,
    found: result.success
      ? "signatures that do not fit the layers"
      : z.prettifyError(result.error).split("\n").slice(0, 3).join(" "),
    expected: "a guard of version 1",
    advice: "Fit the guard again with this version of sureseg.",
  });
}

type Measuring = Pick<Guard, "training" | "standardisation" | "layers">;

function measureOf(
  guard: Measuring,
  signatures: readonly (readonly number[])[],
  withoutSubject?: string,
): { measure: number; byLayer: number[]; nearest: { dataset: string; case: string } } {
  const others = guard.training.filter(({ subject }) => subject !== withoutSubject);
  const byLayer = signatures.map((signature, layer) => {
    const { mean, deviation } = guard.standardisation[layer]!;
    return (nearestDistance(signature, others, layer) - mean) / deviation;
  });
  const scores = others.map((item) =>
    signatures.reduce((sum, signature, layer) => {
      const { deviation } = guard.standardisation[layer]!;
      return sum + signatureDistance(signature, item.signatures[layer]!) / deviation;
    }, 0),
  );
  const nearest = others[scores.indexOf(Math.min(...scores))]!;
  return {
    measure: byLayer.reduce((a, b) => a + b, 0) / byLayer.length,
    byLayer,
    nearest: { dataset: nearest.dataset, case: nearest.case },
  };
}

function nearestDistance(
  signature: readonly number[],
  training: Guard["training"],
  layer: number,
  withoutSubject?: string,
): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const item of training) {
    if (item.subject === withoutSubject) continue;
    nearest = Math.min(nearest, signatureDistance(signature, item.signatures[layer]!));
  }
  return nearest;
}

function signatureOfLayer(item: { signatures: ImageSignatures }, layer: string): ArrayLike<number> {
  const signature = item.signatures[layer];
  if (signature === undefined) throw new RangeError(`no signature of layer ${layer}`);
  return signature;
}
