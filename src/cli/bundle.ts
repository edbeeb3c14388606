/** `sureseg bundle CONFIGURATION`: a network to be passed on, from the data to a measured bundle. */

import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import { MANIFEST } from "../bundle/index.js";
import type { Engine } from "../graph/index.js";
import { readConfiguration } from "../run/configuration.js";
import { reopenRun } from "../run/open-run.js";
import { refuseTooLargeNetwork, shipBundle } from "../run/ship-bundle.js";
import { exitStatus } from "./exit-status.js";
import { refuseFilled } from "./refuse-filled.js";
import { resultTable } from "./result-table.js";
import { type TrainOptions, trainAsAsked } from "./train.js";
import { warn } from "./warn.js";

export interface BundleOptions extends TrainOptions {
  /** The folder that the configuration's datasets are in. */
  readonly data: string;
  /** Where the bundle goes. An earlier bundle there is replaced. */
  readonly out: string;
  readonly foreign?: readonly string[];
}

export async function bundle(
  path: string,
  { data, out, foreign = [], ...options }: BundleOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const folder = resolve(out);
  if (!existsSync(join(folder, MANIFEST))) await refuseFilled(folder);
  await refuseNoData(data);
  const configuration = await readConfiguration(path, resolve(data));
  refuseTooLargeNetwork(configuration);
  const { end } = await trainAsAsked(configuration, { ...options, final: true }, engine, hooks);
  if (end === "interrupted") {
    process.stderr.write(`Interrupted. Go on with the same command and --resume.\n`);
    return exitStatus.interrupted;
  }
  const run = await reopenRun(configuration, hooks);
  const shipped = await shipBundle(
    run,
    { folder, foreign: foreign.map((one) => ({ folder: one })) },
    engine,
    hooks,
  );
  shipped.warnings.forEach(warn);
  const { diceLost, verdicts } = shipped.change;
  process.stdout.write(
    `${resultTable(shipped.evaluation)}half precision: Dice falls by at most ${diceLost.toFixed(4)} in the mean of a dataset, ${verdicts} other verdicts; shipped in ${shipped.weights} precision, ${shipped.bytes} bytes\n${folder}\n`,
  );
  return exitStatus.trusted;
}

async function refuseNoData(folder: string): Promise<void> {
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory()) return;
  throw new UserError({
    subject: folder,
    found: facts === undefined ? "no such folder" : "a file",
    expected: "the folder that holds the datasets of the configuration, each in a folder of its own",
    advice: "Name it by --data or by the environment variable SURESEG_DATA.",
  });
}
