/** Which process it is, and whether it still runs: beyond numbers of processes, which are used again. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

export const processSchema = z.strictObject({
  /** Whose numbers of processes these are: the host since it was started, and the container. */
  machine: z.string().max(1000),
  pid: z.int().min(1),
  /** When it began, in whatever unit the system counts; null where the system does not tell. */
  began: z.string().max(100).nullable(),
});

export type ProcessIdentity = z.infer<typeof processSchema>;

export const thisProcess = (): ProcessIdentity => ({
  machine: thisMachine(),
  pid: process.pid,
  began: readState(process.pid)?.began ?? null,
});

/** Undefined where it cannot be told from here: a process of another machine, or of a system that tells too little. */
export function isRunning({ machine, pid, began }: ProcessIdentity): boolean | undefined {
  if (machine !== thisMachine()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be signalled, but is there.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const state = readState(pid);
  if (state === undefined || began === null) return undefined;
  return state.began === began && !state.ended;
}

/** The host since it was started, and the container: see `ProcessIdentity`. */
export const thisMachine = (): string =>
  [
    hostname(),
    textOf(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    textOf(() => readlinkSync("/proc/self/ns/pid")),
  ].join(" ");

/** From Linux's /proc; undefined elsewhere, or where the process cannot be seen. */
function readState(pid: number): { began: string; ended: boolean } | undefined {
  const text = textOf(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The second field is the program's name in parentheses, which may hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, began] = [fields[0], fields[19]];
  return state === undefined || began === undefined ? undefined : { began, ended: /[ZX]/.test(state) };
}

function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
