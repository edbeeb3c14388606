/** One server alone may use a folder whose jobs wait in its memory: another one would take them for leftovers. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "../../base/index.js";

/**
 * @returns gives the folder free
 * @throws UserError where a process that is alive has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = lockOf(folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await ownerOf(folder);
  // A container's processes have the same numbers each time it starts.
  if (owner !== undefined && owner.process !== process.pid && isAlive(owner)) {
    throw new UserError({
      subject: folder,
      found: `a folder that another server uses (process ${owner.process})`,
      expected: "a folder of this server's own",
      advice: "Give another one by --work, or stop that server.",
    });
  }
  await writeFile(path, `${process.pid} ${hostname()}`);
  return () => rm(path, { force: true });
}

/** True where a server has had the folder and is not there any more; false where nobody has said that it is theirs. */
export async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  // Of the processes of other machines, which may see the same folder, nothing is known.
  return owner?.machine === hostname() && !isAlive(owner);
}

const lockOf = (folder: string): string => join(folder, "server.lock");

interface Owner {
  /** Its number. */
  readonly process: number;
  readonly machine: string;
}

async function ownerOf(folder: string): Promise<Owner | undefined> {
  const text = await readFile(lockOf(folder), "utf8").catch(() => "");
  const [, number, machine = ""] = /^([1-9]\d{0,9})(?: (.+))?$/.exec(text) ?? [];
  return number === undefined ? undefined : { process: Number(number), machine };
}

function isAlive(owner: Owner): boolean {
  try {
    process.kill(owner.process, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
