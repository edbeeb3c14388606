/** Trains one network on given cases: the part that single runs and studies share. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import type { PreparedCase } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import type { WindowPlan } from "../inference/index.js";
import type { TargetLayout } from "../labels/targets.js";
import { exportNetwork, type Network } from "../network/index.js";
import { batchSource } from "../training/batch-source.js";
import type { Checkpoint } from "../training/checkpoint.js";
import { TrainingLog } from "../training/log.js";
import { type LoopEnd, trainLoop } from "../training/loop.js";
import { createLoss } from "../training/losses/index.js";
import { createOptimiser } from "../training/optimisers/index.js";
import { createSchedule } from "../training/schedules/index.js";
import { EventWriter } from "../training/tensorboard.js";
import { TrainProgram } from "../training/train-program.js";
import { type Validation, validate } from "../training/validation.js";
import { runFiles } from "./prepare-run.js";
import type { SettledConfiguration } from "./settled-configuration.js";
import { trainingNews } from "./training-news.js";

/** The settings of a configuration that training depends on. */
export type TrainingSettings = Pick<
  SettledConfiguration,
  | "seed"
  | "patch"
  | "batch"
  | "loss"
  | "optimiser"
  | "schedule"
  | "updates"
  | "validateEvery"
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
  /** How whole images are cut at inference. */
  readonly windows: WindowPlan;
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
  const { network, settings, initial } = training;
  const { clipNorm, averaging } = settings.optimiser;
  const [x, y, z] = settings.patch;
  const program = await TrainProgram.create({
    network,
    loss: createLoss(settings.loss),
    optimiser: createOptimiser(settings.optimiser),
    clipNorm,
    averaging,
    batch: settings.batch,
    patch: [z, y, x],
    seed: settings.seed,
    engine,
    threads: settings.threads,
  });
  try {
    if (initial) program.startFrom(initial);
    return await loopOver(training, program, engine, hooks);
  } finally {
    await program.release();
  }
}

async function loopOver(
  training: NetworkTraining,
  program: TrainProgram,
  engine: Engine,
  hooks: WorkHooks,
): Promise<LoopEnd> {
  const { network, settings, layout, folder, from } = training;
  const { learningRate } = settings.optimiser;
  const log = await TrainingLog.open(join(folder, runFiles.log), from?.memory.step ?? 0);
  const events = new EventWriter(join(folder, runFiles.events), Date.now() / 1000);
  const batches = batchSource(training.train, { ...settings, layout }, { workers: settings.workers });
  hooks.stage("training", settings.updates, "updates");
  const told = trainingNews(settings, from?.memory.step ?? 0);
  try {
    return await trainLoop({
      program,
      layout: network.layout,
      batches,
      validate: validator(training, program, engine, hooks),
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
      onValidation: (look) => hooks.said?.(told(look, performance.now())),
      onStep: (step, loss) => hooks.progress(step, `loss ${loss.toFixed(3)}`),
      signal: hooks.signal,
    });
  } finally {
    await batches.close();
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

/** Whole validation images through the weights of now; the model is the one that would be shipped. */
function validator(
  { settings, layout, network, validation, windows }: NetworkTraining,
  program: TrainProgram,
  engine: Engine,
  hooks: WorkHooks,
): (() => Promise<Validation>) | undefined {
  if (validation.length === 0) return undefined;
  return async () => {
    const model = exportNetwork(network, program.weights());
    const session = await engine.open(model, { threads: settings.threads });
    try {
      return await validate(session, validation, layout, {
        windows,
        signal: hooks.signal,
        onImage: (done) => hooks.progress(program.step, `validated ${done} of ${validation.length} images`),
      });
    } finally {
      await session.release();
    }
  };
}
