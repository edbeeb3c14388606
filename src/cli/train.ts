/** `sureseg train CONFIGURATION`: one run, from data to bundle. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { removeReport } from "../report/save-report.js";
import { type Configuration, readConfiguration } from "../run/configuration.js";
import { refuseEarlierRun, removeEarlierRun } from "../run/earlier-run.js";
import { reopenRun } from "../run/open-run.js";
import { prepareRun, runFiles } from "../run/prepare-run.js";
import { resumeRun, type TrainedRun, trainRun } from "../run/train-run.js";
import { exitStatus } from "./exit-status.js";
import { warn } from "./warn.js";

export interface TrainOptions {
  /** Go on from the last checkpoint of the run in the output folder. */
  readonly resume: boolean;
  /** Replace the run in the output folder. */
  readonly overwrite: boolean;
}

export async function train(
  path: string,
  options: TrainOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const configuration = await readConfiguration(path);
  const { end, warnings } = options.resume
    ? await resumeRun(await reopenRun(configuration, hooks), engine, hooks)
    : await startRun(configuration, options, engine, hooks);
  if (end === "interrupted") {
    process.stderr.write(`Interrupted. Go on with: sureseg train ${path} --resume\n`);
    return exitStatus.interrupted;
  }
  warnings.forEach(warn);
  process.stdout.write(`${join(configuration.output, runFiles.bundle)}\n`);
  return exitStatus.trusted;
}

async function startRun(
  configuration: Configuration,
  { overwrite }: TrainOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<TrainedRun> {
  const { output } = configuration;
  // Preparing may take long: what is refused is refused before it, what is removed is removed after it.
  if (!overwrite) refuseEarlierRun(output);
  const run = await prepareRun(configuration, hooks);
  if (overwrite) {
    await removeEarlierRun(output);
    await removeReport(output);
  }
  return trainRun(run, engine, hooks);
}
