/** One training run, from a configuration to a bundle: plan, prepare, train, fit temperature and guard, pack. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import {
  type BundleWindowPlan,
  type Card,
  inspectPrepared,
  type Labels,
  packBundle,
} from "../bundle/index.js";
import { fitTemperature, type LogitBatch } from "../calibration/index.js";
import {
  caseKey,
  inspectDataset,
  openDataset,
  type PreparedCase,
  prepareCases,
  refuseIfBroken,
  type Split,
  splitBySubject,
  writeFileAtomically,
} from "../dataset/index.js";
import type { Engine, Session } from "../graph/index.js";
import { describeNetwork, exportNetwork, type Network } from "../network/index.js";
import { type CaseEvidence, fitGuard } from "../ood/index.js";
import { batchSource, shareCases, validationBatches } from "../training/batch-source.js";
import { type Checkpoint, loadCheckpoint } from "../training/checkpoint.js";
import type { Configuration } from "../training/configuration.js";
import { TrainingLog } from "../training/log.js";
import {
  bestCheckpoint,
  type LoopEnd,
  lastCheckpoint,
  trainLoop,
  type Validation,
} from "../training/loop.js";
import { losses } from "../training/losses/index.js";
import { optimisers } from "../training/optimisers/index.js";
import { createSchedule } from "../training/schedules/index.js";
import { type TargetLayout, targetLayout } from "../training/targets.js";
import { EventWriter } from "../training/tensorboard.js";
import { TrainProgram } from "../training/train-program.js";
import { UserError } from "../user-error.js";
import type { Modality } from "../volume/index.js";
import { channelTargets } from "./run-calibration.js";

export interface RunHooks {
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
  readonly modalityOf: Readonly<Record<string, Modality>>;
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
export async function prepareRun(configuration: Configuration, hooks: RunHooks): Promise<PreparedRun> {
  const datasets = await Promise.all(configuration.datasets.map((item) => openDataset(item.folder, item)));
  const names = datasets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UserError({
      subject: "datasets",
      found: `the name ${twice} twice`,
      expected: "different names",
      advice: "Give one of them another `name`.",
    });
  }
  const channels = new Set(datasets.map(({ channelNames }) => channelNames.length));
  if (channels.size > 1) {
    throw new UserError({
      subject: "datasets",
      found: `images with ${[...channels].join(" and ")} channels`,
      expected: "the same number in every dataset",
      advice: "Train datasets with other numbers of channels apart.",
    });
  }
  const cases: PreparedCase[] = [];
  for (const [index, dataset] of datasets.entries()) {
    hooks.stage(`checking ${dataset.name}`, dataset.cases.length, "cases");
    refuseIfBroken(await inspectDataset(dataset, hooks.progress));
    hooks.stage(`preparing ${dataset.name}`, dataset.cases.length, "cases");
    const organs = configuration.datasets[index]!.organs;
    const cache = join(configuration.output, "cache");
    cases.push(
      ...(await prepareCases(dataset, organs, configuration.preparation, cache, (done) =>
        hooks.progress(done),
      )),
    );
    hooks.signal?.throwIfAborted();
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
      JSON.stringify([configuration, cases.map((item) => [caseKey(item), item.image.shape, hashOf(item)])]),
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
      multipleOf: network.stride,
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
      modalities: [...new Set(datasets.map(({ modality }) => modality))],
    },
    modalityOf: Object.fromEntries(datasets.map(({ name, modality }) => [name, modality])),
    licenceOf: Object.fromEntries(
      datasets.map(({ name, licence }, index) => [name, configuration.datasets[index]?.licence ?? licence]),
    ),
    layers: configuration.guard.layers ?? network.layers.map(({ name }) => name),
    fingerprint,
  };
}

const hashOf = (item: PreparedCase): string =>
  createHash("sha256").update(item.target).update(new Uint8Array(item.image.data.buffer)).digest("hex");

/** The cases of one part of the split. */
export function partOf(run: PreparedRun, part: keyof Split): PreparedCase[] {
  const keys = new Set(run.split[part]);
  return run.cases.filter((item) => keys.has(caseKey(item)));
}

/** Trains and writes the run's folder; returns how it ended. With `resume`, goes on from the last checkpoint. */
export async function trainRun(
  run: PreparedRun,
  engine: Engine,
  hooks: RunHooks,
  resume: boolean,
): Promise<LoopEnd> {
  const { configuration, network } = run;
  const { output: folder, patch, threads } = configuration;
  await mkdir(folder, { recursive: true });
  const from = resume ? await resumable(run) : undefined;
  await writeFileAtomically(join(folder, runFiles.configuration), stringify(configuration));
  await writeFileAtomically(join(folder, runFiles.plan), `${JSON.stringify(planOf(run), null, 2)}\n`);

  const { kind, learningRate, clipNorm, ...optimiserOptions } = configuration.optimiser;
  const program = await TrainProgram.create({
    network,
    loss: losses[configuration.loss.kind](configuration.loss),
    optimiser: optimisers[kind](optimiserOptions),
    clipNorm,
    batch: configuration.batch,
    patch: [patch[2], patch[1], patch[0]],
    seed: configuration.seed,
    engine,
    threads,
  });
  const recipe = { ...configuration, layout: run.layout };
  const batches = batchSource(shareCases(partOf(run, "train")), recipe, { workers: configuration.workers });
  const log = await TrainingLog.open(join(folder, runFiles.log), from?.memory.step ?? 0);
  const events = new EventWriter(join(folder, "tensorboard"), Date.now() / 1000);
  hooks.stage("training", configuration.updates, "updates");
  try {
    const end = await trainLoop({
      program,
      layout: network.layout,
      batches,
      validate: validator(run, program),
      schedule: createSchedule(configuration.schedule, { learningRate, updates: configuration.updates }),
      updates: configuration.updates,
      validateEvery: configuration.validateEvery,
      logEvery: 10,
      earlyStopping: configuration.earlyStopping,
      folder,
      fingerprint: run.fingerprint,
      from,
      log: async (entry) => {
        await log.write(entry);
        await events.write(entry.step, scalarsOf(entry));
      },
      onStep: (step, loss) => hooks.progress(step, `loss ${loss.toFixed(3)}`),
      signal: hooks.signal,
    });
    if (end !== "interrupted") await packRun(run, engine, hooks);
    return end;
  } finally {
    await batches.close();
    await program.release();
  }
}

async function resumable(run: PreparedRun): Promise<Checkpoint> {
  const path = lastCheckpoint(run.configuration.output);
  const checkpoint = await loadCheckpoint(path, run.network.layout);
  if (checkpoint.fingerprint === run.fingerprint) return checkpoint;
  throw new UserError({
    subject: path,
    found: "a checkpoint of another configuration or other data",
    expected: "the configuration and the data that the run was started with",
    advice: "Undo the change, or train into another output folder.",
  });
}

/** What a person may want to know before hours of training. */
function planOf(run: PreparedRun): object {
  const { configuration, network, cases, split, fingerprint } = run;
  const names = [...new Set(cases.map(({ dataset }) => dataset))];
  return {
    fingerprint,
    datasets: names.map((name) => ({
      name,
      cases: cases.filter(({ dataset }) => dataset === name).length,
      preparedShapes: cases
        .filter(({ dataset }) => dataset === name)
        .map(({ image }) => image.shape.join("x")),
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

function scalarsOf(entry: Record<string, unknown>): Record<string, number> {
  const scalars: Record<string, number> = {};
  const put = (tag: string, value: unknown): void => {
    if (typeof value === "number") scalars[tag] = value;
  };
  put("loss/train", entry.trainLoss);
  put("loss/validation", entry.validationLoss);
  put("learning-rate", entry.learningRate);
  put("gradient-norm", entry.gradientNorm);
  for (const [dataset, dice] of Object.entries((entry.validationDice ?? {}) as Record<string, number>))
    put(`dice/${dataset}`, dice);
  return scalars;
}

/** Loss and Dice over the same unaugmented patches of the validation cases every time. */
function validator(run: PreparedRun, program: TrainProgram): (() => Promise<Validation>) | undefined {
  const { configuration, layout, network } = run;
  const cases = partOf(run, "validation");
  if (cases.length === 0) return undefined;
  const source = validationBatches(
    cases,
    { ...configuration, layout, patchesPerCase: configuration.validationPatchesPerCase },
    { workers: 0 },
  );
  const channels = network.description.outputChannels;
  return async () => {
    let [lossSum, weightSum] = [0, 0];
    const counts = new Map<string, { overlap: number; size: number }>();
    for (let index = 0; index < source.count; index++) {
      const batch = await source.batch(index);
      const result = await program.evaluate(batch);
      const weight = batch.weight.reduce((sum, value) => sum + value, 0);
      lossSum += result.loss * weight;
      weightSum += weight;
      batch.cases.forEach((key, sample) => {
        const dataset = key.slice(0, key.lastIndexOf("/"));
        const known = counts.get(dataset) ?? { overlap: 0, size: 0 };
        for (let at = sample * channels; at < (sample + 1) * channels; at++) {
          if (batch.weight[at] === 0) continue;
          known.overlap += result.intersection[at]!;
          known.size += result.predicted[at]! + result.reference[at]!;
        }
        counts.set(dataset, known);
      });
    }
    const dice = [...counts].map(([dataset, { overlap, size }]) => [
      dataset,
      size === 0 ? 1 : (2 * overlap) / size,
    ]);
    return { loss: lossSum / weightSum, dice: Object.fromEntries(dice) };
  };
}

/** Fits temperature and guard with the best weights and writes the bundle. */
async function packRun(run: PreparedRun, engine: Engine, hooks: RunHooks): Promise<void> {
  const { configuration, network, layers } = run;
  const best = await loadCheckpoint(bestCheckpoint(configuration.output), network.layout);
  const bytes = exportNetwork(network, best.vectors.parameters as Float32Array, {
    metadata: { name: configuration.name, fingerprint: run.fingerprint },
  });
  const session = await engine.open(bytes, { threads: configuration.threads });
  const training = partOf(run, "train");
  const validation = partOf(run, "validation");
  hooks.stage("fitting temperature and guard", training.length + validation.length, "images");
  const seen = await lookAt(run, session, training, layers, hooks, 0);
  const heldOut = await lookAt(run, session, validation, layers, hooks, training.length);
  await session.release();
  const guard = fitGuard(seen.evidence, {
    layers,
    form: configuration.guard.form,
    leaveOut: "subject",
    threshold: { rule: "conformal", alpha: configuration.guard.alpha },
    heldOut: validation.length > 0 ? heldOut.evidence : undefined,
  });
  const fit = validation.length > 0 ? fitTemperature(heldOut.logits) : undefined;
  const files = await packBundle({
    model: bytes,
    preparation: configuration.preparation,
    windows: run.windows,
    labels: run.labels,
    calibration: {
      temperature: fit?.temperature ?? 1,
      images: validation.length,
      nllBefore: fit?.nllBefore,
      nllAfter: fit?.nllAfter,
    },
    guard,
    card: cardOf(run, training),
  });
  for (const [name, content] of Object.entries(files)) {
    await writeFileAtomically(join(configuration.output, runFiles.bundle, name), content);
  }
}

function cardOf(run: PreparedRun, training: readonly PreparedCase[]): Card {
  const { configuration } = run;
  return {
    name: configuration.name,
    version: run.fingerprint.slice(0, 12),
    summary: `One 3-D network trained jointly on ${configuration.datasets.length} datasets, without being told which is which.`,
    intendedUse: configuration.card.intendedUse,
    limitations:
      "Trained on few images of few sources. Masks of images that the guard calls foreign are not to be relied on, and a trusted image may still be segmented wrongly.",
    licence: configuration.card.licence,
    data: Object.keys(run.modalityOf).flatMap((dataset, index) => {
      const own = training.filter((item) => item.dataset === dataset);
      const { organs } = configuration.datasets[index]!;
      return Object.keys(organs).map((organ) => ({
        dataset,
        organ,
        modality: run.modalityOf[dataset]!,
        images: own.length,
        subjects: new Set(own.map(({ subject }) => subject)).size,
        licence: run.licenceOf[dataset] ?? "not stated",
      }));
    }),
    metrics: [],
    training: [
      { name: "architecture", value: configuration.network.architecture },
      { name: "updates", value: configuration.updates },
      { name: "label mode", value: configuration.labelMode },
      { name: "seed", value: configuration.seed },
    ],
  };
}

async function lookAt(
  run: PreparedRun,
  session: Session,
  cases: readonly PreparedCase[],
  layers: readonly string[],
  hooks: RunHooks,
  before: number,
): Promise<{ evidence: CaseEvidence[]; logits: LogitBatch[] }> {
  const evidence: CaseEvidence[] = [];
  const logits: LogitBatch[] = [];
  for (const item of cases) {
    const inspected = await inspectPrepared(session, item.image, run, layers, hooks.signal);
    evidence.push({
      dataset: item.dataset,
      case: item.id,
      subject: item.subject,
      layers: inspected.layers,
    });
    for (const { channel, labels } of channelTargets(item, run.layout)) {
      const voxels = labels.length;
      logits.push({
        logits: inspected.logits.data.subarray(channel * voxels, (channel + 1) * voxels),
        reference: labels,
        weight: 1,
      });
    }
    hooks.progress(before + evidence.length);
  }
  return { evidence, logits };
}
