/** The data of a study: prepared cases, their splits by fold, and the network they are for. */

import { join } from "node:path";
import { caseKey, type WorkHooks } from "../../base/index.js";
import type { BundleWindowPlan, Labels } from "../../bundle/index.js";
import {
  type Dataset,
  hashOfFiles,
  openDataset,
  type PreparedCase,
  type Split,
  splitBySubject,
} from "../../dataset/index.js";
import type { OrganMap, TargetLayout } from "../../labels/index.js";
import type { Network } from "../../network/index.js";
import { parseConfiguration } from "../../run/configuration.js";
import { refuseUnfitGuard } from "../../run/guard-policy.js";
import { prepareRun } from "../../run/prepare-run.js";
import type { ResolutionPlan } from "../../run/resolution-plan.js";
import { type Modality, modalityOfEachChannel } from "../../volume/index.js";
import type { DatasetSize, Unit } from "../protocol/plan-study.js";
import type { SettledStudy, StudyConfiguration } from "../protocol/study-configuration.js";

/** Images of a source that no network of the study is trained on. */
export interface ForeignImages {
  readonly source: Dataset;
  /** One for each channel of the study's images. */
  readonly modalities: readonly Modality[];
  /** Of the files of each case: see `hashOfFiles`. */
  readonly hashes: readonly string[];
}

export interface StudyData {
  readonly study: SettledStudy;
  /** What was chosen from the training images; undefined where nothing was left to choose. */
  readonly resolution: ResolutionPlan | undefined;
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
  /** Never-seen sources, in the order of the configuration. */
  readonly foreign: readonly ForeignImages[];
  /** The split of a fold; subjects never cross it, whatever the dataset. */
  readonly splitOf: (fold: number) => Split;
}

/**
 * Reads, checks and prepares all datasets, from the study's cache where they were prepared before. One spacing, patch and network
 * serve all units: what is left open is chosen from the training images of the first fold that is run.
 */
export async function openStudyData(asked: StudyConfiguration, hooks: WorkHooks): Promise<StudyData> {
  const { name, output, datasets, labelMode, preparation, network, patch, budget, augmentation } = asked;
  const { folds, run: foldsRun, validation, seed } = asked.split;
  const split = { test: 0, validation, seed, folds, fold: foldsRun[0] };
  const run = await prepareRun(
    parseConfiguration(
      { name, output, datasets, labelMode, split, preparation, network, patch, budget, augmentation },
      "study",
    ),
    hooks,
  );
  const { configuration } = run;
  const study: SettledStudy = {
    ...asked,
    preparation: configuration.preparation,
    patch: configuration.patch,
    network: configuration.network,
  };
  const names = [...new Set(run.cases.map(({ dataset }) => dataset))];
  const splits = new Map<number, Split>();
  return {
    study,
    resolution: run.resolution,
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
    foreign: await openForeign(study, run.labels.inputChannels.length),
    splitOf(fold) {
      const { folds, validation, seed } = study.split;
      const split = splits.get(fold) ?? splitBySubject(run.cases, { test: 0, validation, seed, folds, fold });
      splits.set(fold, split);
      return split;
    },
  };
}

/** Opened before any training, so that a folder that is not there costs no hours. */
async function openForeign({ foreign }: StudyConfiguration, channels: number): Promise<ForeignImages[]> {
  const opened: ForeignImages[] = [];
  for (const { folder, modality } of foreign) {
    const source = await openDataset(folder, { modality });
    const modalities = modalityOfEachChannel(source.modalities, channels, `modality of ${folder}`);
    const hashes: string[] = [];
    for (const { images } of source.cases) hashes.push(await hashOfFiles(images));
    opened.push({ source, modalities, hashes });
  }
  return opened;
}

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
