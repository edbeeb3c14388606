/** One image that detectors are asked about, and what the networks say of it. */
import type { PreparedCase, PreparedVoxels } from "../../dataset/index.js";
import { dice } from "../../metrics/index.js";
import type { CaseEvidence } from "../../ood/index.js";
import type { ScoreRow } from "../protocol/study-result.js";
import type { ImageInspector, InspectedImage } from "./image-inspector.js";

export type SeenImage = Pick<ScoreRow, "source" | "case" | "kind" | "corruption" | "severity" | "dice"> & {
  readonly evidence: CaseEvidence;
};

/** @param several also the uncertainty of several predictions, where the unit is full */
export async function seePrepared(
  inspector: ImageInspector,
  item: PreparedCase & PreparedVoxels,
  several: boolean,
): Promise<{ seen: SeenImage; inspected: InspectedImage }> {
  const name = { dataset: item.dataset, id: item.id, subject: item.subject };
  const inspected = await inspector.inspect(name, item.image, several);
  const seen: SeenImage = {
    evidence: inspected.evidence,
    source: item.dataset,
    case: item.id,
    kind: "in",
    corruption: null,
    severity: null,
    dice: dice(foundAnywhere(inspected.probabilities, item.target.length), item.target),
  };
  return { seen, inspected };
}

/** Voxels with probability 0.5 or more in any channel. @param probabilities [channels x voxels] */
export function foundAnywhere(probabilities: Float32Array, voxels: number): Uint8Array {
  const found = new Uint8Array(voxels);
  for (let at = 0; at < probabilities.length; at++) if (probabilities[at]! >= 0.5) found[at % voxels] = 1;
  return found;
}
