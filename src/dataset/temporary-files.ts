/**
 * Names under which files are written before they take their own, and what becomes of those whose process was killed.
 *
 * A name says who writes the file. The first write of a process into a folder removes what dead processes left there; what living
 * ones write is left alone, of whatever machine they are.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { isRunning, thisMachine, thisProcess } from "../threads/process-identity.js";

/** Nobody writes one file for so long, milliseconds: whoever it was, of another machine or before a restart, is gone. */
const LONGEST_WRITE = 24 * 3600 * 1000;

/** The beginning of a file's name says enough to whoever finds it, and no name becomes too long for the file system. */
const MOST_CHARACTERS = 40;

const LEFTOVER = /^\..*\.([0-9a-f]{12})-(\d+)-(\d*)-[0-9a-f]{12}\.partial$/;

/** A path beside `path` that nobody else takes. */
export function temporaryPath(path: string): string {
  self ??= ownName();
  const name = [...basename(path)].slice(0, MOST_CHARACTERS).join("");
  return join(dirname(path), `.${name}.${self}-${randomBytes(6).toString("hex")}.partial`);
}

let self: string | undefined;

function ownName(): string {
  const { pid, began } = thisProcess();
  return `${machineHash()}-${pid}-${began ?? ""}`;
}

const machineHash = (): string => createHash("sha256").update(thisMachine()).digest("hex").slice(0, 12);

/** A server that runs for months makes a folder for each job. */
const MOST_REMEMBERED = 10_000;

const lookedThrough = new Set<string>();

/** Removes what dead processes left half written in a folder, once for each folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  const path = resolve(folder);
  if (lookedThrough.has(path)) return;
  if (lookedThrough.size === MOST_REMEMBERED) lookedThrough.clear();
  lookedThrough.add(path);
  for (const name of await readdir(path).catch(() => [])) {
    if (name.endsWith(".partial") && (await isLeftover(join(path, name)))) {
      await rm(join(path, name), { force: true }).catch(() => undefined);
    }
  }
}

async function isLeftover(path: string): Promise<boolean> {
  const [, machine, pid, began] = LEFTOVER.exec(basename(path)) ?? [];
  if (machine === undefined) return false;
  const here = machine === machineHash();
  const alive = here
    ? isRunning({ machine: thisMachine(), pid: Number(pid), began: began === "" ? null : began! })
    : undefined;
  if (alive !== undefined) return !alive;
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && Date.now() - facts.mtimeMs > LONGEST_WRITE;
}
