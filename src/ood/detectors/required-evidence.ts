/** What detectors ask of the images they are given, and what they say when it is not there. */
import { caseKey, UserError } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";

type OptionalField = Exclude<keyof CaseEvidence, "dataset" | "case" | "subject" | "layers">;

/** @throws UserError naming the case and the field that it lacks */
export function requiredEvidence<Field extends OptionalField>(
  evidence: CaseEvidence,
  field: Field,
): NonNullable<CaseEvidence[Field]> {
  const found = evidence[field];
  if (found !== undefined) return found;
  throw new UserError({
    subject: `${caseKey(evidence)}, ${field}`,
    found: "nothing",
    expected: `the evidence "${field}"`,
    advice: "Gather it in the inference pass, or leave out the detectors that need it.",
  });
}

/**
 * An optional vector of evidence.
 *
 * @param length as in the training images, where they are known
 * @throws UserError where it is missing, of another length or not finite
 */
export function requiredVector(
  evidence: CaseEvidence,
  field: "intensities" | "roughness",
  length?: number,
): Float64Array {
  return checkedVector(evidence, field, requiredEvidence(evidence, field), length);
}

/**
 * Mean features of the whole image at one layer, a number a channel.
 *
 * @param channels as in the training images, where they are known
 * @throws UserError where the layer is missing, has other channels or features that are not finite
 */
export function pooledFeatures(evidence: CaseEvidence, layer: string, channels?: number): Float64Array {
  const statistics = Object.hasOwn(evidence.layers, layer) ? evidence.layers[layer] : undefined;
  if (statistics === undefined) {
    throw new UserError({
      subject: caseKey(evidence),
      found: `features of ${Object.keys(evidence.layers).join(", ") || "no layer"}`,
      expected: `the layer ${layer}`,
      advice: "Name a layer of the network, and run the images with this layer.",
    });
  }
  const means = statistics.columnSums.map((sum) => sum / statistics.rows);
  return checkedVector(evidence, `layer ${layer}`, means, channels);
}

/**
 * The same vector of every training image.
 *
 * @throws UserError without an image, or where the lengths differ
 */
export function trainingVectors(
  training: readonly CaseEvidence[],
  read: (evidence: CaseEvidence, length?: number) => Float64Array,
): Float64Array[] {
  if (training.length === 0) {
    throw new UserError({
      subject: "training images of the detector",
      found: "none",
      expected: "at least one",
      advice: "Give the in-distribution images that the network was trained on.",
    });
  }
  const first = read(training[0]!);
  return training.map((evidence) => read(evidence, first.length));
}

function checkedVector(
  evidence: CaseEvidence,
  what: string,
  values: Float64Array,
  length = values.length,
): Float64Array {
  if (values.length === length && values.every(Number.isFinite)) return values;
  throw new UserError({
    subject: `${caseKey(evidence)}, ${what}`,
    found: values.length === length ? "values that are not finite" : `${values.length} values`,
    expected: `${length} finite values, as in the training images`,
    advice: "Run all images through one network and one preparation, and check them for NaN.",
  });
}
