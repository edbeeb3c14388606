import type { LayerStatistics } from "./layer-statistics.js";

/**
 * Everything that detectors of foreign images may look at, gathered in one inference pass over one image.
 *
 * A detector that needs more than this adds an optional field here, fills it where evidence is gathered, and says which
 * field is missing when it is given a case without it.
 */
export interface CaseEvidence {
  readonly dataset: string;
  readonly case: string;
  /** The patient. Images of one patient resemble each other and must not vouch for each other. */
  readonly subject: string;
  /** Feature statistics by layer name. */
  readonly layers: Readonly<Record<string, LayerStatistics>>;
}
