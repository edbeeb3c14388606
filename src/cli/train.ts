/** `sureseg train CONFIGURATION`: one run, from data to bundle. */

import { join } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { removeReport } from "../report/save-report.js";
import { affordableRun } from "../run/affordable-run.js";
import { type Configuration, readConfiguration } from "../run/configuration.js";
import { refuseEarlierRun, removeEarlierRun } from "../run/earlier-run.js";
import { refuseWithoutTest } from "../run/final-policy.js";
import { foldedRun } from "../run/folds.js";
import { openRun, reopenRun } from "../run/open-run.js";
import { packRun } from "../run/pack-run.js";
import { type PreparedRun, prepareRun, runFiles } from "../run/prepare-run.js";
import { resumeRun, type TrainedRun, trainRun } from "../run/train-run.js";
import { evaluateAndSave } from "./evaluate.js";
import { exitStatus } from "./exit-status.js";
import { warn } from "./warn.js";

export interface TrainOptions {
  /** Go on from the last checkpoint of the run in the output folder. */
  readonly resume: boolean;
  /** Replace the run in the output folder. */
  readonly overwrite: boolean;
  /** Train an ensemble of so many networks; a run that is gone on with is one or is not, whatever is said here. */
  readonly folds?: number;
  /** Measure the test images, then let them calibrate the bundle too. */
  readonly final: boolean;
}

export async function train(
  path: string,
  options: TrainOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const configuration = await readConfiguration(path);
  const { end, warnings, seen } = await trainAsAsked(configuration, options, engine, hooks);
  if (end === "interrupted") {
    const folds = options.folds === undefined ? "" : ` --folds ${options.folds}`;
    process.stderr.write(`Interrupted. Go on with: sureseg train ${path}${folds} --resume\n`);
    return exitStatus.interrupted;
  }
  warnings.forEach(warn);
  if (options.final) {
    const run = await openRun(configuration.output, hooks);
    await evaluateAndSave(run, [], engine, hooks);
    const packed = await packRun(run, { calibrateOn: "validation-and-test", seen }, engine, hooks);
    packed.warnings.forEach(warn);
  }
  process.stdout.write(`${join(configuration.output, runFiles.bundle)}\n`);
  return exitStatus.trusted;
}

/** Starts the run of a configuration, or goes on with it. */
export const trainAsAsked = async (
  configuration: Configuration,
  options: TrainOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<TrainedRun> =>
  options.resume
    ? resumeRun(await reopenAs(configuration, options, hooks), engine, hooks)
    : startRun(configuration, options, engine, hooks);

/** The run in the output folder. @throws UserError where it is of another number of networks than asked for */
async function reopenAs(
  configuration: Configuration,
  { folds, final }: Pick<TrainOptions, "folds" | "final">,
  hooks: WorkHooks,
): Promise<PreparedRun> {
  const run = await reopenRun(configuration, hooks);
  if (final) refuseWithoutTest(run);
  const there = run.folds?.length;
  if (folds === undefined || folds === there) return run;
  throw new UserError({
    subject: configuration.output,
    found: there === undefined ? "a run of one network" : `an ensemble of ${there} networks`,
    expected: `one of ${folds}, as --folds says`,
    advice: "Leave --folds out to go on with what is there, or train anew into another output folder.",
  });
}

async function startRun(
  configuration: Configuration,
  { overwrite, folds, final }: TrainOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<TrainedRun> {
  const { output } = configuration;
  // Preparing may take long: what is refused is refused before it, what is removed is removed after it.
  if (!overwrite) refuseEarlierRun(output);
  const prepared = await affordableRun(await prepareRun(configuration, hooks), engine, hooks);
  const run = folds === undefined ? prepared : foldedRun(prepared, folds);
  if (final) refuseWithoutTest(run);
  if (overwrite) {
    await removeEarlierRun(output);
    await removeReport(output);
  }
  return trainRun(run, engine, hooks);
}
