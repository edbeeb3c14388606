/** The folder for temporary files that a server without `--work` makes for its jobs. */
import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAbandoned } from "./lock-folder.js";

const PREFIX = "sureseg-server-";

/** Makes it: other users of the machine cannot look into it. */
export const ownFolder = (): Promise<string> => mkdtemp(join(tmpdir(), PREFIX));

/** Removes those of servers that were killed: the images of patients are in them, and no other server looks there. */
export async function removeAbandonedFolders(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(PREFIX))) {
    const folder = join(tmpdir(), name);
    const facts = await lstat(folder).catch(() => undefined);
    const own = facts?.isDirectory() === true && facts.uid === process.getuid?.();
    // What cannot be removed now is tried again when the next server starts.
    if (own && (await isAbandoned(folder)))
      await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}
