/**
 * What was claimed, each with a verdict and the numbers and the test behind it: the claims of the paper's first abstract, of its
 * text and of the journal's abstract, and this project's own aims. What a study cannot decide is undecided, with the reason.
 */
import type { Claim } from "../../protocol/study-result.js";
import type { Findings } from "./claim.js";
import { datasetClaims } from "./dataset-claims.js";
import { detectionClaims } from "./detection-claims.js";
import { guardClaims } from "./guard-claims.js";
import { strategyClaims } from "./strategy-claims.js";

export type { Findings } from "./claim.js";

export const claimsOf = (findings: Findings): Claim[] => [
  ...strategyClaims(findings),
  ...datasetClaims(findings),
  ...detectionClaims(findings),
  ...guardClaims(findings),
];
