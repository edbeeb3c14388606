/** Opens and reads files, after asking what they are and how much they hold. */

import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "../base/index.js";
import { MAX_BYTES } from "../volume/index.js";

/** Read at a time: Node reads less than 2 GiB at once. */
const PIECE = 2 ** 30;

/** Most bytes of a text that describes data: far more than any has, and few enough for one string. */
export const MAX_TEXT_BYTES = 2 ** 26;

export interface ExpectedFile {
  /** For errors. */
  readonly expected: string;
  /** Most bytes it may have; default: those of the largest image. */
  readonly most?: number;
}

/**
 * @throws UserError naming the file where it is missing, no regular file (a pipe would be waited for without end), or
 *   too long
 */
export async function readBytes(path: string, file: ExpectedFile): Promise<Uint8Array> {
  const bytes = await readBytesIfThere(path, file);
  if (bytes === undefined) throw missing(path, file);
  return bytes;
}

/** As `readBytes`; undefined where there is no file. */
export async function readBytesIfThere(path: string, file: ExpectedFile): Promise<Uint8Array | undefined> {
  const opened = await openIfThere(path, file);
  if (opened === undefined) return undefined;
  try {
    return await readWhole(opened);
  } catch (cause) {
    throw unreadable(path, file, cause);
  } finally {
    await opened.close();
  }
}

/** The bytes one piece after another, in constant memory; errors as for `readBytes`. */
export async function* piecesOf(path: string, file: ExpectedFile): AsyncGenerator<Uint8Array> {
  const opened = await openIfThere(path, file);
  if (opened === undefined) throw missing(path, file);
  try {
    yield* opened.createReadStream() as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw unreadable(path, file, cause);
  } finally {
    await opened.close();
  }
}

async function openIfThere(path: string, file: ExpectedFile): Promise<FileHandle | undefined> {
  const opened = await openWithoutWaiting(path, file);
  if (opened === undefined) return undefined;
  try {
    refuseOthers(path, await opened.stat(), file);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function refuseOthers(path: string, facts: Stats, { expected, most = MAX_BYTES }: ExpectedFile): void {
  if (facts.isDirectory()) throw folder(path, { expected });
  if (!facts.isFile()) {
    const found = "a pipe, socket or device";
    throw new UserError({ subject: path, found, expected, advice: "Save it as a file first." });
  }
  if (facts.size <= most) return;
  throw new UserError({
    subject: path,
    found: `a file of ${facts.size} bytes`,
    expected: `${expected} of at most ${most} bytes`,
    advice: "Check that it is the right file; an image must be cropped or down-sampled first.",
  });
}

async function openWithoutWaiting(path: string, file: ExpectedFile): Promise<FileHandle | undefined> {
  try {
    // Opening a pipe waits for a writer unless told otherwise.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "EISDIR") throw folder(path, file);
    throw unreadable(path, file, cause);
  }
}

async function readWhole(file: FileHandle): Promise<Uint8Array> {
  const bytes = new Uint8Array((await file.stat()).size);
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), at);
    // Somebody made the file shorter meanwhile.
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

const missing = (path: string, { expected }: ExpectedFile): UserError =>
  new UserError({ subject: path, found: "no such file", expected, advice: "Check the path." });

const folder = (path: string, { expected }: ExpectedFile): UserError =>
  new UserError({ subject: path, found: "a folder", expected, advice: "Name the files in it." });

function unreadable(path: string, { expected }: ExpectedFile, cause: unknown): UserError {
  const found = `no readable file (${(cause as NodeJS.ErrnoException).code ?? "unknown"})`;
  const advice = "Check the permissions, and the disk that it is on.";
  return new UserError({ subject: path, found, expected, advice, cause });
}
