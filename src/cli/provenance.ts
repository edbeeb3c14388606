/** Which code and which machine made a result. */
import { execFile } from "node:child_process";
import { arch, cpus, totalmem, type } from "node:os";
import { promisify } from "node:util";

/** Commit of this checkout of sureseg, with a plus where files were changed since; undefined outside a checkout. */
export async function currentCommit(): Promise<string | undefined> {
  try {
    const git = promisify(execFile);
    const options = { cwd: import.meta.dirname };
    const { stdout } = await git("git", ["rev-parse", "--short=10", "HEAD"], options);
    const changed = await git("git", ["status", "--porcelain", "--untracked-files=no"], options);
    return `${stdout.trim()}${changed.stdout.trim() === "" ? "" : "+"}`;
  } catch {
    return undefined;
  }
}

/** Processor, memory and system in a line. */
export function machineLine(): string {
  const processors = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} cores of ${processors[0]?.model ?? "an unknown processor"}, ${gib} GiB, ${type()} ${arch()}, Node ${process.version}`;
}
