/** One image that detectors are asked about, and what the networks say of it. */
import type { PreparedCase } from "../../dataset/index.js";
import { dice } from "../../metrics/index.js";
import type { CaseEvidence } from "../../ood/index.js";
import type { ScoreRow } from "../protocol/study-result.js";
import type { InspectedImage } from "./image-inspector.js";

export type SeenImage = Pick<ScoreRow, "source" | "case" | "kind" | "corruption" | "severity" | "dice"> & {
  readonly evidence: CaseEvidence;
};

/** @param target on the prepared grid, 0 where there is no organ */
export const seenCase = (item: PreparedCase, target: Uint8Array, inspected: InspectedImage): SeenImage => ({
  evidence: inspected.evidence,
  source: item.dataset,
  case: item.id,
  kind: "in",
  corruption: null,
  severity: null,
  dice: dice(foundAnywhere(inspected), target),
});

/** 1 where the mask, before temperature scaling, has any organ. */
export const foundAnywhere = ({ labels }: InspectedImage): Uint8Array =>
  labels.map((label) => (label > 0 ? 1 : 0));
