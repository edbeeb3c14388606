/**
 * Who works on what, among processes that share a folder: on one machine or, through a shared file system, on many.
 *
 * A claim is a file that names the process that holds it. Whether a process of this machine still runs is asked of the
 * system, however long a step of its work takes. Of a process elsewhere only a sign of life is seen: a thread of its own
 * renews the file's time, which goes on while the main thread computes. A long silence, by the clock of the one who waits, is
 * then taken for death.
 */
import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat, writeFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { temporaryPath, writingError } from "../../dataset/index.js";
import {
  isRunning,
  type ProcessIdentity,
  processSchema,
  thisProcess,
} from "../../threads/process-identity.js";
import { threadFile } from "../../threads/thread-file.js";
import type { HeartbeatStart } from "./claim-heartbeat.js";

export interface ClaimTimes {
  /** Between two signs of life, milliseconds. */
  readonly renewal: number;
  /** Silence after which a process that cannot be asked about counts as dead, milliseconds. */
  readonly silence: number;
}

/** File systems shared by machines may show a new time only after a minute. */
const usualTimes: ClaimTimes = { renewal: 15_000, silence: 600_000 };

const claimSchema = z.strictObject({ token: z.string(), process: processSchema });

/**
 * Takes a claim, also one whose process died.
 *
 * @param path of the claim's file, in a folder that exists
 * @returns what gives it back; undefined where another holds it
 */
export async function takeClaim(
  path: string,
  times: ClaimTimes = usualTimes,
): Promise<(() => Promise<void>) | undefined> {
  const text = await acquire(path, times.silence);
  if (text === undefined) return undefined;
  const start: HeartbeatStart = { path, text, every: times.renewal };
  const heartbeat = new Worker(threadFile(import.meta.url, "claim-heartbeat.js"), { workerData: start });
  heartbeat.unref();
  return async () => {
    await heartbeat.terminate();
    if ((await contentOf(path)) === text) await rm(path, { force: true });
  };
}

/** What this process wrote into the claim; undefined where another holds it. */
async function acquire(path: string, silence: number): Promise<string | undefined> {
  const text = JSON.stringify({ token: randomUUID(), process: thisProcess() });
  if (await create(path, text)) return text;
  return (await removeIfDead(path, silence)) && (await create(path, text)) ? text : undefined;
}

/**
 * False where there is one already. A claim is never seen half written: whoever is killed, or has no room, while it writes one
 * would hold up the others for as long as a silence counts.
 */
async function create(path: string, text: string): Promise<boolean> {
  const temporary = temporaryPath(path);
  try {
    await writeFile(temporary, text, { flag: "wx" });
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (!WITHOUT_LINKS.has(code)) throw writingError(error, path);
    return await createWithoutLinks(path, text);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** How file systems without hard links refuse one. */
const WITHOUT_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

async function createWithoutLinks(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    await rm(path, { force: true });
    throw writingError(error, path);
  }
}

/** False where the claim's process lives, or may live, or where another removes it at this moment. */
async function removeIfDead(path: string, silence: number): Promise<boolean> {
  const text = await contentOf(path);
  const state = await stat(path).catch(() => undefined);
  if (text === undefined || state === undefined) return true;
  const holder = holderOf(text);
  const alive = holder && isRunning(holder);
  if (alive === true) return false;
  if (alive === undefined && silentFor(path, `${text} ${state.mtimeMs}`) < silence) return false;
  // Of several who find it dead only one removes it, and only this very claim: another may have taken its place by now.
  const removal = `${path}-removal`;
  if ((await acquire(removal, silence)) === undefined) return false;
  try {
    if ((await contentOf(path)) === text) await rm(path, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
  return true;
}

/** Undefined for a claim that is being written, or damaged. */
function holderOf(text: string): ProcessIdentity | undefined {
  try {
    return claimSchema.parse(JSON.parse(text)).process;
  } catch {
    return undefined;
  }
}

/** What was seen last of other processes' claims, and since when. */
const watched = new Map<string, { readonly seen: string; readonly since: number }>();

function silentFor(path: string, seen: string): number {
  const now = performance.now();
  const before = watched.get(path);
  if (before?.seen === seen) return now - before.since;
  watched.set(path, { seen, since: now });
  return 0;
}

const contentOf = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch(() => undefined);
