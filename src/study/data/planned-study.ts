/** A study whose data is there and whose units are known: what is done, shown and put together. */
import type { WorkHooks } from "../../base/index.js";
import type { Engine } from "../../graph/index.js";
import { FEWEST_SUBJECTS } from "../../ood/index.js";
import { planStudy, type Unit } from "../protocol/plan-study.js";
import { unitFingerprints } from "./fingerprints.js";
import { casesOf, refuseUnfitGuards, type StudyData } from "./study-data.js";

export interface PlannedStudy {
  readonly data: StudyData;
  /** Each after those that it depends on. */
  readonly units: readonly Unit[];
  /** Networks that no detector can be fitted to: too few patients trained them. */
  readonly unwatched: readonly string[];
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
  const planned = planStudy(data.study, data.datasets);
  refuseUnfitGuards(data, planned);
  const unwatched = planned.filter((unit) => hasTooFewSubjects(data, unit));
  const units = planned.filter((unit) => !unwatched.includes(unit));
  return {
    data,
    units,
    unwatched: unwatched.map(({ id }) => id.replace(/^detect-/, "")),
    fingerprints: unitFingerprints(data, units),
  };
}

/** A look through a network of one small dataset, of which nobody can say how far apart its images usually are. */
function hasTooFewSubjects(data: StudyData, unit: Unit): boolean {
  if (unit.kind !== "detect") return false;
  const training = casesOf(data, unit.fold, "train", unit.inside);
  return new Set(training.map(({ subject }) => subject)).size < FEWEST_SUBJECTS;
}
