/** One training run, from a configuration to a bundle: plan, train, fit temperature and guard, pack. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError, type WorkHooks } from "../base/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { type Checkpoint, loadCheckpoint } from "../training/checkpoint.js";
import { type LoopEnd, lastCheckpoint } from "../training/loop.js";
import { packRun } from "./pack-run.js";
import { type PreparedRun, partOf, planOf, runFiles } from "./prepare-run.js";
import { trainNetwork } from "./train-network.js";

/** Trains and writes the run's folder; returns how it ended. With `resume`, goes on from the last checkpoint. */
export async function trainRun(
  run: PreparedRun,
  engine: Engine,
  hooks: WorkHooks,
  resume: boolean,
): Promise<LoopEnd> {
  const { configuration, network, layout, fingerprint } = run;
  const folder = configuration.output;
  await mkdir(folder, { recursive: true });
  const from = resume ? await resumable(run) : undefined;
  await writeFileAtomically(join(folder, runFiles.configuration), stringify(configuration));
  await writeFileAtomically(join(folder, runFiles.plan), `${JSON.stringify(planOf(run), null, 2)}\n`);
  const end = await trainNetwork(
    {
      network,
      layout,
      settings: configuration,
      train: partOf(run, "train"),
      validation: partOf(run, "validation"),
      windows: run.windows,
      folder,
      fingerprint,
      from,
    },
    engine,
    hooks,
  );
  if (end !== "interrupted") await packRun(run, engine, hooks);
  return end;
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
