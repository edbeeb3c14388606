/** Signatures of a guard's training images and of images that it has judged, for tables and figures. */
import { type CaseEvidence, type Guard, modelSignatures } from "../ood/index.js";
import type { SignatureRow } from "./evaluation.js";

export const trainingSignatures = (guard: Guard): SignatureRow[] =>
  guard.training.flatMap(({ dataset, case: id, signatures }) =>
    guard.layers.map(({ name }, layer) => ({
      dataset,
      case: id,
      role: "train" as const,
      layer: name,
      values: [...signatures[layer]!],
    })),
  );

export const signaturesOf = (
  guard: Guard,
  evidence: CaseEvidence,
  role: "test" | "foreign",
): SignatureRow[] =>
  modelSignatures(guard, evidence).map((values, layer) => ({
    dataset: evidence.dataset,
    case: evidence.id,
    role,
    layer: guard.layers[layer]!.name,
    values: [...values],
  }));
