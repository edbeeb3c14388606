/** Puts the results of all units together. */
import { stringify } from "yaml";
import { withoutPaths } from "../../run/configuration-file.js";
import { modalityText } from "../../volume/index.js";
import type { PlannedStudy } from "../data/planned-study.js";
import { casesOf, type StudyData } from "../data/study-data.js";
import type { SettledStudy } from "../protocol/study-configuration.js";
import {
  type CaseRow,
  keptDetectors,
  type PromiseRow,
  type ScoreRow,
  type Strategy,
  type StudyResult,
} from "../protocol/study-result.js";
import type { DetectUnitResult } from "../units/detect-unit.js";
import { readUnit } from "../units/run-units.js";
import type { TrainUnitResult } from "../units/train-unit.js";
import { claimsOf } from "./claims/index.js";
import { judgedScores } from "./p-values.js";
import { promises } from "./promises.js";
import { riskCoverage } from "./risk-coverage.js";
import { comparisons, detection, matrix, summaries, thresholds } from "./summarise.js";

export interface CollectedStudy {
  readonly result: StudyResult;
  /** Of every detector. */
  readonly scores: readonly ScoreRow[];
}

/** @throws Error where a unit is not done */
export async function collectStudy(
  planned: PlannedStudy,
  provenance: { commit?: string; machine?: string },
): Promise<CollectedStudy> {
  const { data, units, unwatched } = planned;
  const { study } = data;
  const cases: CaseRow[] = [];
  const scores: ScoreRow[] = [];
  const kept: PromiseRow[] = [];
  const runs: StudyResult["runs"] = [];
  const atBound: string[] = [];
  const stopped: string[] = [];
  let seconds = 0;
  for (const unit of units) {
    const result = await readUnit(planned, unit);
    if (result === undefined) throw new Error(`unit ${unit.id} is not done`);
    seconds += result.seconds;
    if (unit.kind === "detect") {
      scores.push(...judgedScores(result as DetectUnitResult, study.alpha));
      kept.push(...promises(result as DetectUnitResult, study.alpha));
      continue;
    }
    const { id, strategy, datasets, fold, seed } = unit;
    const trained = result as TrainUnitResult;
    const { seconds: taken, updates = unit.updates, bestUpdate } = trained;
    if (updates < unit.updates) stopped.push(id);
    runs.push({ id, strategy, datasets: [...datasets], fold, seed, updates, bestUpdate, seconds: taken });
    if (trained.temperatureAtBound !== null) atBound.push(id);
    for (const row of trained.cases) cases.push({ ...row, strategy: strategy as Strategy, fold, seed });
  }
  const names = data.datasets.map(({ name }) => name);
  const trainingSizes = Object.fromEntries(
    names.map((name) => [name, casesOf(data, study.split.run[0]!, "train", [name]).length]),
  );
  const found = {
    cases,
    summaries: summaries(cases, study.split.seed),
    comparisons: comparisons(cases),
    detection: detection(scores),
    thresholds: thresholds(scores, study.alpha),
    promises: kept,
    matrix: matrix(scores, names),
    riskCoverage: riskCoverage(scores, study.alpha),
  };
  return {
    scores,
    result: {
      version: 1,
      name: study.name,
      created: new Date().toISOString(),
      ...provenance,
      configuration: stringify(withoutPaths(study)),
      seconds,
      datasets: data.datasets.map(({ name, modalities, organ, volumes, subjects, licence }) => ({
        name,
        modality: modalityText(modalities),
        organ,
        volumes,
        subjects,
        licence: licence ?? null,
      })),
      runs,
      ...found,
      scores: scores.filter(({ detector }) => keptDetectors.includes(detector)),
      claims: claimsOf({ ...found, scores, sizes: trainingSizes, alpha: study.alpha }),
      notes: [
        ...notesOf(data),
        ...lengthNotes(study, stopped.length, runs.length),
        ...unwatchedNotes(unwatched),
        ...temperatureNotes(atBound),
      ],
    },
  };
}

/** How long networks were trained: as many patches a dataset for all strategies, and by the same rule to stop. */
export function lengthNotes(
  { updatesPerDataset, batch, earlyStopping, validationsPerTraining }: SettledStudy,
  stopped: number,
  networks: number,
): string[] {
  const budget = `Every strategy draws ${updatesPerDataset * batch} patches a dataset${earlyStopping > 0 ? " at most" : ""}; transfer and fine-tuning start from networks trained so.`;
  return [
    earlyStopping === 0
      ? `${budget} No training was stopped early.`
      : `${budget} A training ended after ${earlyStopping} of its ${validationsPerTraining} validations without a better loss: ${stopped} of ${networks} did before their last update.`,
  ];
}

/** @param unwatched networks that no detector was fitted to */
export const unwatchedNotes = (unwatched: readonly string[]): string[] =>
  unwatched.length === 0
    ? []
    : [
        `No detector was fitted to ${unwatched.join(", ")}: fewer than three patients trained each, and nobody can tell how far apart their images usually are.`,
      ];

/** @param atBound units whose fitted temperature is a bound of the search */
export const temperatureNotes = (atBound: readonly string[]): string[] =>
  atBound.length === 0
    ? []
    : [
        `No temperature suits the validation volumes of ${atBound.join(", ")}: the fit ended at the bound of its search, and calibration after scaling means little there.`,
      ];

function notesOf({ study }: StudyData): string[] {
  const { folds, run } = study.split;
  return [
    `Test volumes are those of ${run.length} of ${folds} folds; subjects never cross from one part to another, whatever the dataset. Validation volumes chose the checkpoint, fitted the temperature and the thresholds; test volumes and foreign images chose nothing.`,
    "Values of one volume are averaged over seeds before they are compared. Calibration is measured in the reference's bounding box widened by 10 mm, before temperature scaling unless said otherwise.",
    "AUROC of dedicated networks is the mean over networks, since scores of different networks cannot be compared.",
    "The transfer strategy leaves out its source dataset, where it would be the dedicated network itself.",
  ];
}
