/**
 * Results of units on disk, shared by every process that works on a study: on one machine or, through a shared file
 * system, on many.
 *
 * A unit's folder holds `result.json` once it is done. Who works on it holds the file `claim` (see `takeClaim`).
 */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.js";
import { writeFileAtomically } from "../../dataset/index.js";
import { takeClaim } from "./claim.js";

export interface StoredResult<Result> {
  readonly fingerprint: string;
  readonly result: Result;
}

/** The result of a unit, or undefined where it is not done. @throws UserError where it is of another study */
export async function readResult<Result>(folder: string, fingerprint: string): Promise<Result | undefined> {
  const path = join(folder, "result.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined;
  }
  const stored = JSON.parse(text) as StoredResult<Result>;
  if (stored.fingerprint === fingerprint) return stored.result;
  throw new UserError({
    subject: path,
    found: "a result of another configuration or other data",
    expected: "results of this study alone",
    advice:
      "Undo the change, delete the unit's folder to have it done again, or give the study another output folder.",
  });
}

/**
 * Does a unit's work and keeps its result, unless it is done already or another process works on it.
 *
 * @returns false where another process works on it
 * @throws what `work` throws
 */
export async function doOnce<Result>(
  folder: string,
  fingerprint: string,
  work: () => Promise<Result>,
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  if ((await readResult<Result>(folder, fingerprint)) !== undefined) return true;
  const release = await takeClaim(join(folder, "claim"));
  if (release === undefined) return false;
  try {
    // It may have been finished between the look and the claim.
    if ((await readResult<Result>(folder, fingerprint)) !== undefined) return true;
    const stored: StoredResult<Result> = { fingerprint, result: await work() };
    await writeFileAtomically(join(folder, "result.json"), `${JSON.stringify(stored)}\n`);
    return true;
  } finally {
    await release();
  }
}
