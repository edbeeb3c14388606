/** Trains one network on given cases: the part that single runs and studies share. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import type { PreparedCase } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import type { TargetLayout } from "../labels/targets.js";
import type { Network } from "../network/index.js";
import { batchSource, shareCases, validationBatches } from "../training/batch-source.js";
import type { Checkpoint } from "../training/checkpoint.js";
import { TrainingLog } from "../training/log.js";
import { type LoopEnd, trainLoop, type Validation } from "../training/loop.js";
import { losses } from "../training/losses/index.js";
import { optimisers } from "../training/optimisers/index.js";
import { createSchedule } from "../training/schedules/index.js";
import { EventWriter } from "../training/tensorboard.js";
import { TrainProgram } from "../training/train-program.js";
import type { Configuration } from "./configuration.js";
import { runFiles } from "./prepare-run.js";

/** The settings of a configuration that training depends on. */
export type TrainingSettings = Pick<
  Configuration,
  | "seed"
  | "patch"
  | "batch"
  | "loss"
  | "optimiser"
  | "schedule"
  | "updates"
  | "validateEvery"
  | "validationPatchesPerCase"
  | "earlyStopping"
  | "sampling"
  | "augmentation"
  | "workers"
  | "threads"
>;

export interface NetworkTraining {
  readonly network: Network;
  readonly layout: TargetLayout;
  readonly settings: TrainingSettings;
  readonly train: readonly PreparedCase[];
  readonly validation: readonly PreparedCase[];
  /** Where checkpoints, log and TensorBoard events go. */
  readonly folder: string;
  readonly fingerprint: string;
  /** Goes on from here. */
  readonly from?: Checkpoint;
  /** Weights to start from (fine-tuning); default: drawn from the seed. */
  readonly initial?: Float32Array;
}

/** Leaves the best and the last checkpoint in the folder. */
export async function trainNetwork(
  training: NetworkTraining,
  engine: Engine,
  hooks: WorkHooks,
): Promise<LoopEnd> {
  const { network, settings, layout, folder, from, initial } = training;
  const { kind, learningRate, clipNorm, ...optimiserOptions } = settings.optimiser;
  const [x, y, z] = settings.patch;
  const program = await TrainProgram.create({
    network,
    loss: losses[settings.loss.kind](settings.loss),
    optimiser: optimisers[kind](optimiserOptions),
    clipNorm,
    batch: settings.batch,
    patch: [z, y, x],
    seed: settings.seed,
    engine,
    threads: settings.threads,
  });
  if (initial) program.load({ step: 0, vectors: { ...program.state().vectors, parameters: initial } });
  const recipe = { ...settings, layout };
  const batches = batchSource(shareCases(training.train), recipe, { workers: settings.workers });
  const log = await TrainingLog.open(join(folder, runFiles.log), from?.memory.step ?? 0);
  const events = new EventWriter(join(folder, "tensorboard"), Date.now() / 1000);
  hooks.stage("training", settings.updates, "updates");
  try {
    return await trainLoop({
      program,
      layout: network.layout,
      batches,
      validate: validator(training, program),
      schedule: createSchedule(settings.schedule, { learningRate, updates: settings.updates }),
      updates: settings.updates,
      validateEvery: settings.validateEvery,
      logEvery: 10,
      earlyStopping: settings.earlyStopping,
      folder,
      fingerprint: training.fingerprint,
      from,
      log: async (entry) => {
        await log.write(entry);
        await events.write(entry.step, scalarsOf(entry));
      },
      onStep: (step, loss) => hooks.progress(step, `loss ${loss.toFixed(3)}`),
      signal: hooks.signal,
    });
  } finally {
    await batches.close();
    await program.release();
  }
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
function validator(
  { settings, layout, network, validation }: NetworkTraining,
  program: TrainProgram,
): (() => Promise<Validation>) | undefined {
  if (validation.length === 0) return undefined;
  const source = validationBatches(
    validation,
    { ...settings, layout, patchesPerCase: settings.validationPatchesPerCase },
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
