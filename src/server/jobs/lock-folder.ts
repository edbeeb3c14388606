/** One server alone may use a folder whose jobs wait in its memory: another one would take them for leftovers. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.js";

/**
 * @returns gives the folder free
 * @throws UserError where a process that is alive has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, "server.lock");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = Number(await readFile(path, "utf8").catch(() => ""));
  // A container's processes have the same numbers each time it starts.
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new UserError({
      subject: folder,
      found: `a folder that another server uses (process ${owner})`,
      expected: "a folder of this server's own",
      advice: "Give another one by --work, or stop that server.",
    });
  }
  await writeFile(path, String(process.pid));
  return () => rm(path, { force: true });
}

function isAlive(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
