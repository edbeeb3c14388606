/**
 * Results of units on disk, shared by every process that works on a study: on one machine or, through a shared file
 * system, on many.
 *
 * A unit's folder holds `result.json` once it is done. Who works on it holds `claim`, whose time is renewed while the
 * work goes on; a claim that is no longer renewed is of a process that died, and may be taken over.
 */

import { mkdir, open, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.js";
import { writeFileAtomically } from "../../dataset/index.js";

const RENEW_MS = 5_000;
const STALE_MS = 30_000;

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
    advice: "Undo the change, or give the study another output folder.",
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
  const release = await claim(join(folder, "claim"));
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

/** Takes the claim; undefined where another process holds it. */
async function claim(path: string): Promise<(() => Promise<void>) | undefined> {
  try {
    await (await open(path, "wx")).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const held = await stat(path).catch(() => undefined);
    if (held !== undefined && Date.now() - held.mtimeMs > STALE_MS) await rm(path, { force: true });
    return undefined;
  }
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, RENEW_MS);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await rm(path, { force: true });
  };
}
