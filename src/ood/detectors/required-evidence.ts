/** What detectors ask of the images they are given, and what they say when it is not there. */
import { caseKey, UserError } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";
import type { LayerStatistics } from "../layer-statistics.js";

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

/** @throws UserError where the layer is missing */
export function requiredLayer(evidence: CaseEvidence, layer: string): LayerStatistics {
  const statistics = Object.hasOwn(evidence.layers, layer) ? evidence.layers[layer] : undefined;
  if (statistics !== undefined) return statistics;
  throw new UserError({
    subject: caseKey(evidence),
    found: `features of ${Object.keys(evidence.layers).join(", ") || "no layer"}`,
    expected: `the layer ${layer}`,
    advice: "Name a layer of the network, and run the images with this layer.",
  });
}

/**
 * Mean features of the whole image at one layer, a number a channel.
 *
 * @param channels as in the training images, where they are known
 * @throws UserError where the layer is missing, has other channels or features that are not finite
 */
export function pooledFeatures(evidence: CaseEvidence, layer: string, channels?: number): Float64Array {
  const { columnSums, rows } = requiredLayer(evidence, layer);
  const means = columnSums.map((sum) => sum / rows);
  return checkedVector(evidence, `layer ${layer}`, means, channels);
}

/**
 * Entries of one layer's Gram matrix per voxel, C x C.
 *
 * @param length as in the training images, where it is known
 * @throws UserError as `pooledFeatures`
 */
export function gramEntries(evidence: CaseEvidence, layer: string, length?: number): Float64Array {
  const { gram, rows } = requiredLayer(evidence, layer);
  const entries = gram.map((product) => product / rows);
  return checkedVector(evidence, `layer ${layer}`, entries, length);
}

/** Names of the layers that the training images were looked at in. @throws UserError without an image */
export const layersOf = (training: readonly CaseEvidence[]): string[] =>
  Object.keys(firstOf(training).layers);

/**
 * The same vector of every training image.
 *
 * @throws UserError without an image, or where the lengths differ
 */
export function trainingVectors(
  training: readonly CaseEvidence[],
  read: (evidence: CaseEvidence, length?: number) => Float64Array,
): Float64Array[] {
  const first = read(firstOf(training));
  return training.map((evidence) => read(evidence, first.length));
}

function firstOf(training: readonly CaseEvidence[]): CaseEvidence {
  const first = training[0];
  if (first !== undefined) return first;
  throw new UserError({
    subject: "training images of the detector",
    found: "none",
    expected: "at least one",
    advice: "Give the in-distribution images that the network was trained on.",
  });
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
