/** `sureseg train CONFIGURATION`: one run, from data to bundle. */
import { join } from "node:path";
import type { Engine } from "../graph/index.js";
import { prepareRun, type RunHooks, runFiles } from "../study/prepare-run.js";
import { trainRun } from "../study/train-run.js";
import { readConfiguration } from "../training/configuration.js";
import { exitStatus } from "./run-command.js";

export async function train(path: string, resume: boolean, engine: Engine, hooks: RunHooks): Promise<number> {
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
