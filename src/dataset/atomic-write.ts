/**
 * Writing a file so that nobody ever sees half of it: the bytes go to a temporary name in the same folder, reach the disk, and
 * only then take the final name, which then reaches the disk too. A crash, of the process or of the machine, leaves the old file
 * as it was or the new one whole; `power-cut.test.ts` says so for every moment of it.
 */

import { appendFile, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { UserError } from "../base/index.js";
import { removeLeftovers, temporaryPath } from "./temporary-files.js";

/**
 * Writes `bytes` (text as UTF-8; several pieces one after the other) to `path`, replacing what was there, or leaves everything as it was.
 * Missing parent folders are made. When it returns, the file would survive a power cut.
 *
 * @throws UserError when the disk is full, the folder may not be written, or the path cannot be a file.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | string | readonly Uint8Array[],
): Promise<void> {
  await writeFilesTogether([[path, bytes]]);
}

/**
 * Files that belong together: all reach the disk under temporary names before the first takes its own, in the order given; the
 * last takes its own when all others are there for good. A full disk leaves everything as it was.
 *
 * @throws UserError as `writeFileAtomically`
 */
export async function writeFilesTogether(
  files: readonly (readonly [path: string, bytes: Uint8Array | string | readonly Uint8Array[]])[],
): Promise<void> {
  const temporary = files.map(([path]) => temporaryPath(path));
  let path = "";
  try {
    for (const [index, [target, bytes]] of files.entries()) {
      path = target;
      await makeFolder(dirname(target));
      await removeLeftovers(dirname(target));
      const file = await open(temporary[index]!, "wx");
      try {
        for (const piece of Array.isArray(bytes) ? bytes : [bytes]) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    const folders = new Set<string>();
    for (const [index, [target]] of files.entries()) {
      if (index === files.length - 1) await syncAll(folders);
      path = target;
      await rename(temporary[index]!, target);
      folders.add(dirname(target));
    }
    await syncAll(folders);
  } catch (error) {
    await Promise.all(temporary.map((name) => rm(name, { force: true }).catch(() => undefined)));
    throw writingError(error, path);
  }
}

/** Makes a folder with its parents, so that they survive a power cut. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  const highest = resolve(first);
  const holders = new Set<string>();
  for (let made = resolve(folder); made.length >= highest.length; made = dirname(made)) {
    holders.add(dirname(made));
  }
  await syncAll(holders);
}

/** The names in these folders reach the disk; the set is empty afterwards. */
async function syncAll(folders: Set<string>): Promise<void> {
  for (const folder of folders) await syncFolder(folder);
  folders.clear();
}

/** Of systems that cannot: Windows opens no folder, and some network file systems sync none. */
const CANNOT_SYNC = new Set(["EISDIR", "EPERM", "EACCES", "EINVAL", "EBADF", "ENOTSUP", "ENOSYS"]);

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!CANNOT_SYNC.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

/**
 * Appends to a log. What is cut off by a full disk or a crash is at most the last record.
 *
 * @throws UserError as `writeFileAtomically`
 */
export async function appendToFile(path: string, bytes: Uint8Array | string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, bytes);
  } catch (error) {
    throw writingError(error, path);
  }
}

const FULL = {
  expected: "free space for the file",
  advice: "Free some space, or choose an output folder on another disk.",
};
const FORBIDDEN = {
  expected: "permission to write there",
  advice: "Choose a folder that you may write to, or ask its owner for the right to.",
};
const NOT_A_FILE = {
  expected: "a path whose folders are folders and whose last name is a file",
  advice: "Choose another output path.",
};

const KNOWN: Readonly<Record<string, { found: string; expected: string; advice: string }>> = {
  ENOSPC: { found: "a full disk", ...FULL },
  EDQUOT: { found: "a used-up disk quota", ...FULL },
  EFBIG: { found: "a file larger than the file system allows", ...FULL },
  EACCES: { found: "a folder or file that may not be written", ...FORBIDDEN },
  EPERM: { found: "a folder or file that may not be written", ...FORBIDDEN },
  EROFS: { found: "a read-only file system", ...FORBIDDEN },
  EISDIR: { found: "a folder of that name", ...NOT_A_FILE },
  ENOTDIR: { found: "a file where the path needs a folder", ...NOT_A_FILE },
  EEXIST: { found: "a file where the path needs a folder", ...NOT_A_FILE },
  ENAMETOOLONG: { found: "a name that is too long for the file system", ...NOT_A_FILE },
};

/** What to throw for a failed write to `path`: a UserError where the user can mend the cause, else the error itself. */
export function writingError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const known = code === undefined ? undefined : KNOWN[code];
  return known === undefined ? error : new UserError({ subject: path, ...known, cause: error });
}

const FOUND = new Set(Object.values(KNOWN).map(({ found }) => found));

/** Whether a file could not be written: the disk is full, say. Of an error that crossed a thread too, which has lost its cause. */
export const isWritingError = (error: unknown): boolean =>
  error instanceof UserError && FOUND.has(error.found);
