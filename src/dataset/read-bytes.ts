/** The bytes of a file, after asking what it is and how much it holds. */

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { UserError } from "../base/index.js";
import { MAX_BYTES } from "../volume/index.js";

/** Read at a time: Node reads less than 2 GiB at once. */
const PIECE = 2 ** 30;

/**
 * @throws UserError naming the file where it is missing, no regular file (a pipe would be waited for without end), or
 *   longer than any image that is taken
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const refuse = (found: string, advice: string, cause?: unknown): never => {
    throw new UserError({ subject: path, found, expected: "an image file", advice, cause });
  };
  // Opening a pipe waits for a writer unless told otherwise.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return refuse("no such file", "Check the path.", cause);
    if (code === "EISDIR") return refuse("a folder", "Name the files in it.", cause);
    return refuse(`no readable file (${code ?? "unknown"})`, "Check the permissions.", cause);
  });
  try {
    const facts = await file.stat();
    if (facts.isDirectory()) refuse("a folder", "Name the files in it.");
    if (!facts.isFile()) refuse("a pipe, socket or device", "Save the image as a file first.");
    if (facts.size > MAX_BYTES) {
      refuse(
        `a file of ${facts.size} bytes`,
        `Files are taken up to ${MAX_BYTES} bytes: crop the image first.`,
      );
    }
    const bytes = new Uint8Array(facts.size);
    let at = 0;
    while (at < bytes.length) {
      const { bytesRead } = await file.read(bytes, at, Math.min(PIECE, bytes.length - at), at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
