/** `sureseg pack RUN`: the bundle again, from weights that are trained already. */

import { resolve } from "node:path";
import type { WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { openRun } from "../run/open-run.js";
import { packRun } from "../run/pack-run.js";
import { exitStatus } from "./exit-status.js";
import { refuseFilled } from "./refuse-filled.js";
import { warn } from "./warn.js";

export interface PackCommandOptions {
  readonly alpha?: number;
  readonly confidence?: number;
  /** Test images, once measured, calibrate too. */
  readonly final: boolean;
  /** Default: the run's own bundle, which is replaced. */
  readonly out?: string;
  /** Write into a folder that holds something already. */
  readonly overwrite: boolean;
}

export async function pack(
  folder: string,
  { alpha, confidence, final, out, overwrite }: PackCommandOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const target = out === undefined ? undefined : resolve(out);
  if (target !== undefined && !overwrite) await refuseFilled(target);
  const run = await openRun(folder, hooks);
  const calibrateOn = final ? "validation-and-test" : "validation";
  const packed = await packRun(run, { alpha, confidence, calibrateOn, folder: target }, engine, hooks);
  packed.warnings.forEach(warn);
  process.stdout.write(`${packed.folder}\n`);
  return exitStatus.trusted;
}
