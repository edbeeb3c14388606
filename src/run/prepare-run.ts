/** What a run works with: configuration, prepared cases, their split, the network; all before any training. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { caseKey, UserError } from "../base/index.js";
import type { BundleWindowPlan, Labels } from "../bundle/index.js";
import {
  type Dataset,
  openTrainingDatasets,
  type PreparedCase,
  prepareCases,
  type Split,
  splitBySubject,
} from "../dataset/index.js";
import { type OrganMap, type TargetLayout, targetLayout } from "../labels/index.js";
import { describeNetwork, type Network } from "../network/index.js";
import { type Modality, modalityText, shortestModality } from "../volume/index.js";
import type { Configuration } from "./configuration.js";
import { withoutPaths } from "./configuration-file.js";

export interface WorkHooks {
  /** A stage begins: its name, how many units it has and what they are. */
  readonly stage: (label: string, total: number, unit: string) => void;
  readonly progress: (done: number, note?: string) => void;
  readonly signal?: AbortSignal;
}

/** Everything a run works with, before any training. */
export interface PreparedRun {
  readonly configuration: Configuration;
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
  readonly layers: readonly string[];
  readonly fingerprint: string;
}

export const runFiles = {
  configuration: "configuration.yaml",
  plan: "plan.json",
  log: "log.jsonl",
  bundle: "bundle",
  evaluation: "evaluation.json",
};

/** Reads, checks, prepares and splits the data; nothing is written but the cache of prepared cases. */
export async function prepareRun(configuration: Configuration, hooks: WorkHooks): Promise<PreparedRun> {
  const datasets = await openTrainingDatasets(configuration.datasets);
  const cases: PreparedCase[] = [];
  for (const [index, dataset] of datasets.entries()) {
    hooks.stage(`preparing ${dataset.name}`, dataset.cases.length, "cases");
    cases.push(
      ...(await prepareCases(dataset, {
        organs: configuration.datasets[index]!.organs,
        preparation: configuration.preparation,
        cacheFolder: join(configuration.output, "cache"),
        onProgress: hooks.progress,
        signal: hooks.signal,
      })),
    );
  }
  const split = splitBySubject(cases, configuration.split);
  const layout = targetLayout(configuration.labelMode, cases);
  const network = describeNetwork({
    ...configuration.network,
    inputChannels: datasets[0]!.channelNames.length,
    outputChannels: layout.channels.length,
  });
  const fingerprint = createHash("sha256")
    .update(
      JSON.stringify([withoutPaths(configuration), cases.map((item) => [caseKey(item), item.entryHash])]),
    )
    .digest("hex");
  return {
    configuration,
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
    organs: Object.fromEntries(
      datasets.map(({ name }, index) => [name, configuration.datasets[index]!.organs]),
    ),
    modalitiesOf: Object.fromEntries(datasets.map(({ name, modalities }) => [name, modalities])),
    licenceOf: Object.fromEntries(
      datasets.map(({ name, licence }, index) => [name, configuration.datasets[index]?.licence ?? licence]),
    ),
    layers: guardLayers(configuration, network),
    fingerprint,
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
function guardLayers({ guard }: Configuration, network: Network): readonly string[] {
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

/** What a person may want to know before hours of training. */
export function planOf(run: PreparedRun): object {
  const { configuration, network, cases, split, fingerprint } = run;
  const names = [...new Set(cases.map(({ dataset }) => dataset))];
  return {
    fingerprint,
    datasets: names.map((name) => ({
      name,
      cases: cases.filter(({ dataset }) => dataset === name).length,
      preparedShapes: cases.filter(({ dataset }) => dataset === name).map(({ grid }) => grid.shape.join("x")),
    })),
    split,
    patch: configuration.patch,
    batch: configuration.batch,
    updates: configuration.updates,
    network: {
      ...network.description,
      parameters: network.layout.reduce((sum, { dims }) => sum + dims.reduce((a, b) => a * b, 1), 0),
      layers: network.layers,
    },
  };
}
