/** `sureseg pack RUN`: the bundle again, from weights that are trained already. */

import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import type { Engine } from "../graph/index.js";
import { openRun } from "../run/open-run.js";
import { packRun } from "../run/pack-run.js";
import { exitStatus } from "./exit-status.js";
import { warn } from "./warn.js";

export interface PackCommandOptions {
  readonly alpha?: number;
  /** Default: the run's own bundle, which is replaced. */
  readonly out?: string;
  /** Write into a folder that holds something already. */
  readonly overwrite: boolean;
}

export async function pack(
  folder: string,
  { alpha, out, overwrite }: PackCommandOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const target = out === undefined ? undefined : resolve(out);
  if (target !== undefined && !overwrite) await refuseFilled(target);
  const run = await openRun(folder, hooks);
  const packed = await packRun(run, { alpha, folder: target }, engine, hooks);
  packed.warnings.forEach(warn);
  process.stdout.write(`${packed.folder}\n`);
  return exitStatus.trusted;
}

async function refuseFilled(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new UserError({
      subject: folder,
      found: `something that cannot be read as a folder (${error.code})`,
      expected: "an empty folder, or none",
      advice: "Give another folder by --out.",
      cause: error,
    });
  });
  if (names.length === 0) return;
  throw new UserError({
    subject: folder,
    found: `a folder with ${names.length} ${names.length === 1 ? "file" : "files"} in it`,
    expected: "an empty folder, or none",
    advice: "Give another folder by --out, or replace what is there by --overwrite.",
  });
}
