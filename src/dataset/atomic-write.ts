/**
 * Writing a file so that nobody ever sees half of it: the bytes go to a temporary name in the same folder, reach
 * the disk, and only then take the final name. A crash leaves the old file as it was.
 */

import { randomBytes } from "node:crypto";
import { appendFile, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError } from "../base/index.js";

/**
 * Writes `bytes` (text as UTF-8; several pieces one after the other) to `path`, replacing what was there, or leaves everything as it was.
 * Missing parent folders are made. The temporary name ends in `.partial`.
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
 * Files that belong together: all reach the disk under temporary names before the first takes its own, in the order given. A
 * full disk leaves everything as it was.
 *
 * @throws UserError as `writeFileAtomically`
 */
export async function writeFilesTogether(
  files: readonly (readonly [path: string, bytes: Uint8Array | string | readonly Uint8Array[]])[],
): Promise<void> {
  const temporary = files.map(([path]) =>
    join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.partial`),
  );
  let path = "";
  try {
    for (const [index, [target, bytes]] of files.entries()) {
      path = target;
      await mkdir(dirname(target), { recursive: true });
      const file = await open(temporary[index]!, "wx");
      try {
        for (const piece of Array.isArray(bytes) ? bytes : [bytes]) await file.writeFile(piece);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const [index, [target]] of files.entries()) {
      path = target;
      await rename(temporary[index]!, target);
    }
  } catch (error) {
    await Promise.all(temporary.map((name) => rm(name, { force: true }).catch(() => undefined)));
    throw writingError(error, path);
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
