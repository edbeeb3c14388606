/** The data of a study: prepared cases, their splits by fold, and the network they are for. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { caseKey, type WorkHooks } from "../base/index.js";
import type { BundleWindowPlan, Labels } from "../bundle/index.js";
import { type PreparedCase, type Split, splitBySubject } from "../dataset/index.js";
import type { OrganMap, TargetLayout } from "../labels/index.js";
import type { Network } from "../network/index.js";
import { parseConfiguration } from "../run/configuration.js";
import { withoutPaths } from "../run/configuration-file.js";
import { refuseUnfitGuard } from "../run/guard-policy.js";
import { prepareRun } from "../run/prepare-run.js";
import type { Modality } from "../volume/index.js";
import type { DatasetSize, Unit } from "./plan-study.js";
import type { StudyConfiguration } from "./study-configuration.js";

export interface StudyData {
  readonly study: StudyConfiguration;
  readonly cases: readonly PreparedCase[];
  readonly datasets: readonly (DatasetSize & {
    /** One for each channel. */
    readonly modalities: readonly Modality[];
    readonly licence: string | undefined;
    readonly subjects: number;
    readonly organ: string;
  })[];
  /** Of every dataset, by its name. */
  readonly organs: OrganMap;
  readonly layout: TargetLayout;
  readonly network: Network;
  readonly windows: BundleWindowPlan;
  readonly labels: Labels;
  /** Of the data and of all settings that units share. */
  readonly fingerprint: string;
  /** The split of a fold; subjects never cross it, whatever the dataset. */
  readonly splitOf: (fold: number) => Split;
}

/** Reads, checks and prepares all datasets, from the study's cache where they were prepared before. */
export async function openStudyData(study: StudyConfiguration, hooks: WorkHooks): Promise<StudyData> {
  const { name, datasets, labelMode, preparation, network, patch, augmentation } = study;
  const run = await prepareRun(
    parseConfiguration(
      { name, output: study.output, datasets, labelMode, preparation, network, patch, augmentation },
      "study",
    ),
    hooks,
  );
  const names = [...new Set(run.cases.map(({ dataset }) => dataset))];
  const settings = settingsOfUnits(study);
  const splits = new Map<number, Split>();
  return {
    study,
    cases: run.cases,
    datasets: names.map((dataset) => {
      const own = run.cases.filter((item) => item.dataset === dataset);
      return {
        name: dataset,
        volumes: own.length,
        subjects: new Set(own.map(({ subject }) => subject)).size,
        modalities: run.modalitiesOf[dataset]!,
        licence: run.licenceOf[dataset],
        organ: own[0]!.organs.join(", "),
      };
    }),
    organs: run.organs,
    layout: run.layout,
    network: run.network,
    windows: run.windows,
    labels: run.labels,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([run.fingerprint, withoutPaths(settings)]))
      .digest("hex"),
    splitOf(fold) {
      const { folds, validation, seed } = study.split;
      const split = splits.get(fold) ?? splitBySubject(run.cases, { test: 0, validation, seed, folds, fold });
      splits.set(fold, split);
      return split;
    },
  };
}

/** Without what only says which units there are: units say that themselves. */
function settingsOfUnits(study: StudyConfiguration): object {
  const { seeds, ensembleSeeds, strategies, leaveOuts, transferSource, split, ...settings } = study;
  const { updatesPerDataset, fineTuningUpdates, ...others } = settings;
  const { run, ...splits } = split;
  return { ...others, split: splits };
}

/** Of everything that a unit's result depends on. */
export const unitFingerprint = (data: StudyData, unit: Unit): string =>
  createHash("sha256")
    .update(JSON.stringify([data.fingerprint, unit]))
    .digest("hex");

/** The cases of some datasets in one part of a fold. */
export function casesOf(
  data: StudyData,
  fold: number,
  part: keyof Split,
  datasets: readonly string[],
): PreparedCase[] {
  const keys = new Set(data.splitOf(fold)[part]);
  return data.cases.filter((item) => keys.has(caseKey(item)) && datasets.includes(item.dataset));
}

/**
 * Asks of every joint network what is asked of a run: whether its guard can be fitted. The other networks ship no guard;
 * their detectors are compared, and take the training images where validation images are too few.
 *
 * @throws UserError before any unit is done, with how many images are needed and which alphas would do
 */
export function refuseUnfitGuards(data: StudyData, units: readonly Unit[]): void {
  for (const unit of units) {
    if (unit.kind !== "detect" || !unit.full) continue;
    const part = (name: keyof Split): PreparedCase[] => casesOf(data, unit.fold, name, unit.inside);
    refuseUnfitGuard(
      { training: part("train"), validation: part("validation") },
      { alpha: data.study.alpha, field: "alpha" },
    );
  }
}

export const studyFiles = {
  configuration: "configuration.yaml",
  plan: "plan.json",
  result: "result.json",
  unit: (study: StudyConfiguration, id: string): string => join(study.output, "units", id),
  maps: (study: StudyConfiguration, dataset: string, id: string): string =>
    join(study.output, "maps", dataset, id),
};
