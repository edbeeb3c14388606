/** `sureseg train CONFIGURATION`: one run, from data to bundle. */

import { join } from "node:path";
import type { WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { readConfiguration } from "../run/configuration.js";
import { prepareRun, runFiles } from "../run/prepare-run.js";
import { trainRun } from "../run/train-run.js";
import { exitStatus } from "./exit-status.js";

export async function train(
  path: string,
  resume: boolean,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const configuration = await readConfiguration(path);
  const run = await prepareRun(configuration, hooks);
  const end = await trainRun(run, engine, hooks, resume);
  if (end === "interrupted") {
    process.stderr.write(`Interrupted. Go on with: sureseg train ${path} --resume\n`);
    return exitStatus.interrupted;
  }
  process.stdout.write(`${join(configuration.output, runFiles.bundle)}\n`);
  return exitStatus.trusted;
}
