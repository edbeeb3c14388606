/** What a run works with: configuration, prepared cases, their split, the network; all before any training. */

import { join } from "node:path";
import { type CaseName, caseKey, UserError, type WorkHooks } from "../base/index.js";
import type { BundleWindowPlan, Labels } from "../bundle/index.js";
import {
  type Dataset,
  openTrainingDatasets,
  type PreparedCase,
  prepareCases,
  type Split,
  splitBySubject,
} from "../dataset/index.js";
import { type OrganMap, type OrganSelection, type TargetLayout, targetLayout } from "../labels/index.js";
import { describeNetwork, type Network } from "../network/index.js";
import { mirroredAxes } from "../training/augmentation/index.js";
import { type Modality, modalityText, shortestModality } from "../volume/index.js";
import type { Configuration } from "./configuration.js";
import { fingerprintOf } from "./fingerprint.js";
import { planResolution, type ResolutionTask } from "./plan-resolution.js";
import { type ResolutionPlan, resolutionSentences, settledByPlan } from "./resolution-plan.js";
import { type SettledConfiguration, settledAsAsked } from "./settled-configuration.js";

/** Everything a run works with, before any training. */
export interface PreparedRun {
  /** As it was asked for. */
  readonly asked: Configuration;
  /** The same, with what the plan chose. */
  readonly configuration: SettledConfiguration;
  /** What was chosen; undefined where nothing was left to choose. */
  readonly resolution: ResolutionPlan | undefined;
  readonly cases: readonly PreparedCase[];
  readonly split: Split;
  readonly layout: TargetLayout;
  readonly network: Network;
  readonly windows: BundleWindowPlan;
  readonly labels: Labels;
  /** Of every dataset, by its name. */
  readonly organs: OrganMap;
  /** Of each dataset by name, one modality for each channel. */
  readonly modalitiesOf: Readonly<Record<string, readonly Modality[]>>;
  /** As the configuration states it, else the dataset. */
  readonly licenceOf: Readonly<Record<string, string | undefined>>;
  /** Those that the guard looks at. */
  readonly layers: readonly string[];
  /** Of everything that could change what is trained: see fingerprint.ts. */
  readonly fingerprint: string;
  /** Of an ensemble: the trainings of its networks, each with other cases held out (folds.ts). */
  readonly folds?: readonly PreparedRun[];
}

export const runFiles = {
  configuration: "configuration.yaml",
  plan: "plan.json",
  log: "log.jsonl",
  events: "tensorboard",
  bundle: "bundle",
  evaluation: "evaluation.json",
  cache: "cache",
};

/** Reads, checks and prepares the data and splits them anew; nothing is written but the cache of prepared cases. */
export async function prepareRun(asked: Configuration, hooks: WorkHooks): Promise<PreparedRun> {
  const datasets = await openRunDatasets(asked);
  const split = splitBySubject(labelledCases(datasets), asked.split);
  const settings = await settle(asked, { datasets, split }, hooks);
  const cases = await prepareRunCases(settings.configuration, datasets, hooks);
  return assembleRun(settings, datasets, cases, split);
}

/** What a run was asked to do, and what it does. */
export type RunSettings = Pick<PreparedRun, "asked" | "configuration" | "resolution">;

/** Chooses from the training images what was left open. */
async function settle(
  asked: Configuration,
  data: Pick<ResolutionTask, "datasets" | "split">,
  hooks: WorkHooks,
): Promise<RunSettings> {
  const given = settledAsAsked(asked);
  if (given !== undefined) return { asked, configuration: given, resolution: undefined };
  const cacheFolder = join(asked.output, runFiles.cache);
  const { plan, warnings } = await planResolution({ ...data, asked, cacheFolder }, hooks);
  for (const sentence of [...resolutionSentences(plan), ...warnings]) hooks.said?.(sentence);
  return { asked, configuration: settledByPlan(asked, plan), resolution: plan };
}

const labelledCases = (datasets: readonly RunDataset[]): (CaseName & { subject: string })[] =>
  datasets.flatMap(({ dataset }) =>
    dataset.cases
      .filter(({ label }) => label !== undefined)
      .map(({ id, subject }) => ({ dataset: dataset.name, id, subject })),
  );

/** A dataset with what the configuration says of it. */
export interface RunDataset {
  readonly dataset: Dataset;
  readonly organs: OrganSelection;
  /** As the configuration states it, else the dataset. */
  readonly licence: string | undefined;
}

/** @throws UserError where a folder is no dataset to train on, or datasets do not go together */
export async function openRunDatasets({ datasets }: Configuration): Promise<RunDataset[]> {
  const opened = await openTrainingDatasets(datasets);
  return datasets.map(({ organs, licence }, index) => {
    const dataset = opened[index]!;
    return { dataset, organs, licence: licence ?? dataset.licence };
  });
}

/** Prepares all labelled cases, from the cache where they were prepared before. */
export async function prepareRunCases(
  { preparation, output }: SettledConfiguration,
  datasets: readonly RunDataset[],
  hooks: WorkHooks,
): Promise<PreparedCase[]> {
  const cases: PreparedCase[] = [];
  for (const { dataset, organs } of datasets) {
    hooks.stage(`preparing ${dataset.name}`, dataset.cases.length, "cases");
    cases.push(
      ...(await prepareCases(dataset, {
        organs,
        preparation,
        cacheFolder: join(output, runFiles.cache),
        onProgress: hooks.progress,
        signal: hooks.signal,
      })),
    );
  }
  return cases;
}

/** All that follows from configuration, data and split. */
export function assembleRun(
  settings: RunSettings,
  opened: readonly RunDataset[],
  cases: readonly PreparedCase[],
  split: Split,
): PreparedRun {
  const { configuration } = settings;
  const datasets = opened.map(({ dataset }) => dataset);
  const layout = targetLayout(configuration.labelMode, cases);
  const network = describeNetwork({
    ...configuration.network,
    inputChannels: datasets[0]!.channelNames.length,
    outputChannels: layout.channels.length,
  });
  const organs = Object.fromEntries(opened.map((item) => [item.dataset.name, item.organs]));
  return {
    ...settings,
    cases,
    split,
    layout,
    network,
    // Windows look exactly like training patches: with larger ones, or other padding, instance norm sees other
    // statistics, and Dice falls by up to 0.25 on the phantoms.
    windows: {
      window: configuration.patch,
      overlap: 0.5,
      multipleOf: [...network.stride],
      fixedSize: true,
      padding: configuration.augmentation.padding,
      mirroredAxes: mirroredAxes(configuration.augmentation),
    },
    labels: {
      labelMode: configuration.labelMode,
      organs:
        layout.mode === "union" ? [...layout.channels] : [...new Set(cases.flatMap((item) => item.organs))],
      outputChannels: layout.channels.length,
      activation: "sigmoid",
      inputChannels: [...datasets[0]!.channelNames],
      modalities: distinctModalities(datasets),
    },
    organs,
    modalitiesOf: Object.fromEntries(datasets.map(({ name, modalities }) => [name, modalities])),
    licenceOf: Object.fromEntries(opened.map(({ dataset, licence }) => [dataset.name, licence])),
    layers: guardLayers(configuration, network),
    fingerprint: fingerprintOf({ configuration, organs, cases, split }),
  };
}

function distinctModalities(datasets: readonly Dataset[]): Labels["modalities"] {
  const byText = new Map(datasets.map(({ modalities }) => [modalityText(modalities), modalities]));
  return [...byText.values()].map((channels) => {
    const shortest = shortestModality(channels);
    return typeof shortest === "string" ? shortest : [...shortest];
  });
}

/** Layers whose features the guard looks at. @throws UserError where the network has no such layer */
function guardLayers({ guard }: SettledConfiguration, network: Network): readonly string[] {
  const names = network.layers.map(({ name }) => name);
  const unknown = guard.layers?.find((name) => !names.includes(name));
  if (unknown === undefined) return guard.layers ?? names;
  throw new UserError({
    subject: "guard.layers",
    found: unknown,
    expected: `layers of the network: ${names.join(", ")}`,
    advice: "Name other layers, or leave the field out for all of them.",
  });
}

/** The cases of one part of the split. */
export function partOf(run: PreparedRun, part: keyof Split): PreparedCase[] {
  const keys = new Set(run.split[part]);
  return run.cases.filter((item) => keys.has(caseKey(item)));
}
