/** A study whose data is there and whose units are known: what is done, shown and put together. */
import type { WorkHooks } from "../../base/index.js";
import type { Engine } from "../../graph/index.js";
import { planStudy, type Unit } from "../protocol/plan-study.js";
import { unitFingerprints } from "./fingerprints.js";
import { refuseUnfitGuards, type StudyData } from "./study-data.js";

export interface PlannedStudy {
  readonly data: StudyData;
  /** Each after those that it depends on. */
  readonly units: readonly Unit[];
  /** By the units' names. */
  readonly fingerprints: ReadonlyMap<string, string>;
}

/** A planned study and what it is done with. */
export interface StudyWork extends PlannedStudy {
  readonly engine: Engine;
  /** Of the engine; undefined: all cores. */
  readonly threads: number | undefined;
  readonly hooks: WorkHooks;
}

/**
 * @throws UserError where the configuration names a dataset that the study does not have, or alpha asks for more images than
 *   there are
 */
export function planUnits(data: StudyData): PlannedStudy {
  const units = planStudy(data.study, data.datasets);
  refuseUnfitGuards(data, units);
  return { data, units, fingerprints: unitFingerprints(data, units) };
}
