/** One training run, from a plan to a bundle: train, fit temperature and guard, pack. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError, type WorkHooks } from "../base/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { type Checkpoint, loadCheckpoint } from "../training/checkpoint.js";
import { type LoopEnd, lastCheckpoint } from "../training/loop.js";
import { refuseEarlierRun, removeEarlierRun } from "./earlier-run.js";
import { trainingsOf } from "./folds.js";
import { refuseUnfitGuard } from "./guard-policy.js";
import type { PackEvidence } from "./pack-evidence.js";
import { packRun } from "./pack-run.js";
import { writePlan } from "./plan.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";
import { trainNetwork } from "./train-network.js";

export interface TrainedRun {
  readonly end: LoopEnd;
  /** What whoever uses the bundle should know. */
  readonly warnings: readonly string[];
  /** For packing again; absent where the training was interrupted. */
  readonly seen?: PackEvidence;
}

/**
 * Trains a new run and writes its folder.
 *
 * @throws UserError before any update where the folder holds an earlier run, or the guard could not be fitted afterwards
 */
export async function trainRun(run: PreparedRun, engine: Engine, hooks: WorkHooks): Promise<TrainedRun> {
  const folder = run.configuration.output;
  refuseUnfit(run);
  refuseEarlierRun(folder);
  await removeEarlierRun(folder);
  await mkdir(folder, { recursive: true });
  await writeConfiguration(run);
  for (const training of run.folds ?? []) await writeFoldPlan(training);
  await writePlan(run);
  return goOn(run, engine, hooks);
}

/**
 * Goes on from the last checkpoint, or from the start where the run ended before there was one.
 *
 * @param run as its plan says: see `reopenRun`
 * @throws UserError before any update where the checkpoint is damaged or of another training
 */
export async function resumeRun(run: PreparedRun, engine: Engine, hooks: WorkHooks): Promise<TrainedRun> {
  refuseUnfit(run);
  // Each is looked at before any of them goes on.
  for (const training of trainingsOf(run)) await resumable(training);
  await writeConfiguration(run);
  return goOn(run, engine, hooks);
}

/** One training after the other, each from where it stands; then the bundle. */
async function goOn(run: PreparedRun, engine: Engine, hooks: WorkHooks): Promise<TrainedRun> {
  const trainings = trainingsOf(run);
  let end: LoopEnd = "finished";
  for (const [at, training] of trainings.entries()) {
    const own = trainings.length === 1 ? hooks : hooksOfFold(hooks, at, trainings.length);
    end = await trainOne(training, engine, own);
    if (end === "interrupted") return { end, warnings: [] };
  }
  const { warnings, seen } = await packRun(run, {}, engine, hooks);
  return { end, warnings, seen };
}

async function trainOne(run: PreparedRun, engine: Engine, hooks: WorkHooks): Promise<LoopEnd> {
  const { configuration, network, layout, windows, fingerprint } = run;
  return trainNetwork(
    {
      network,
      layout,
      settings: configuration,
      train: partOf(run, "train"),
      validation: partOf(run, "validation"),
      windows,
      folder: configuration.output,
      fingerprint,
      from: await resumable(run),
    },
    engine,
    hooks,
  );
}

/** Progress of one training among several: what is left is that of all of them. */
function hooksOfFold(hooks: WorkHooks, fold: number, folds: number): WorkHooks {
  let before = 0;
  return {
    ...hooks,
    stage: (label, total, unit) => {
      before = fold * total;
      hooks.stage(`${label} network ${fold + 1} of ${folds}`, folds * total, `${unit} of all networks`);
    },
    progress: (done, note) => hooks.progress(before + done, note),
    said: (sentence) => hooks.said?.(`network ${fold + 1} of ${folds}, ${sentence}`),
  };
}

function refuseUnfit(run: PreparedRun): void {
  const promise = { ...run.configuration.guard, field: "guard.alpha" };
  for (const training of trainingsOf(run)) {
    // In an ensemble every image calibrates, by the network that was not trained on it.
    const validation = partOf(run, run.folds === undefined ? "validation" : "train");
    refuseUnfitGuard({ training: partOf(training, "train"), validation }, promise);
  }
}

async function writeFoldPlan(training: PreparedRun): Promise<void> {
  await mkdir(training.configuration.output, { recursive: true });
  await writePlan(training);
}

const writeConfiguration = ({ asked }: PreparedRun): Promise<void> =>
  writeFileAtomically(join(asked.output, runFiles.configuration), stringify(asked));

async function resumable(run: PreparedRun): Promise<Checkpoint | undefined> {
  const path = lastCheckpoint(run.configuration.output);
  if (!existsSync(path)) return undefined;
  const checkpoint = await loadCheckpoint(path, run.network.layout);
  if (checkpoint.fingerprint === run.fingerprint) return checkpoint;
  throw new UserError({
    subject: path,
    found: "a checkpoint of another training than the plan beside it",
    expected: "the checkpoint that this run left",
    advice: "Put the run's own checkpoint back, or train anew into another output folder.",
  });
}
