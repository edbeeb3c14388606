/** The files in a zip, bounded before anything is unpacked. */
import { unzipSync } from "fflate";
import { UserError } from "../base/index.js";
import { MAX_BYTES } from "../volume/index.js";
import { MOST_DEFLATE_GAIN } from "./byte-source.js";
import type { FileToRead } from "./files-to-read.js";

/** Most entries that are taken: a series has some thousands at most. */
const MAX_ENTRIES = 65_536;

/** True when the bytes start as a zip with entries does. */
export const isZip = (start: Uint8Array): boolean =>
  start[0] === 0x50 && start[1] === 0x4b && start[2] === 3 && start[3] === 4;

/**
 * The files of a zip, unpacked. Their names are for messages alone: nothing is ever written under them. Folders, and what
 * macOS adds, are left out.
 *
 * @throws UserError naming the zip where it is damaged, or would unpack to more than an image may hold
 */
export function filesOfZip(bytes: Uint8Array, name: string): FileToRead[] {
  const unpacked = unzip(bytes, name, () => true);
  return Object.entries(unpacked).map(([entry, content]) => ({
    name: `${name}: ${printable(entry)}`,
    read: async () => content,
  }));
}

/** Bytes that a zip says its files have, without unpacking them. Errors as for `filesOfZip`. */
export function unpackedSizeOfZip(bytes: Uint8Array, name: string): number {
  let total = 0;
  unzip(bytes, name, (size) => {
    total += size;
    return false;
  });
  return total;
}

/** @param wanted asked for each file with the bytes that it says it has */
function unzip(
  bytes: Uint8Array,
  name: string,
  wanted: (size: number) => boolean,
): Record<string, Uint8Array> {
  let [entries, total] = [0, 0];
  try {
    return unzipSync(bytes, {
      filter: ({ name: entry, size, originalSize }) => {
        if (entry.endsWith("/") || /(^|\/)__MACOSX\/|(^|\/)\.[^/]*$/.test(entry)) return false;
        entries += 1;
        total += originalSize;
        const honest = originalSize <= Math.max(size, 1) * MOST_DEFLATE_GAIN;
        if (entries > MAX_ENTRIES || total > MAX_BYTES || !honest) throw tooMuch(name);
        return wanted(originalSize);
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError({
      subject: name,
      found: "a zip that is cut off, damaged or packed in a way that is not read",
      expected: "a zip of the files of a DICOM series",
      advice: "Pack the files again, without a password, or give the folder itself.",
      cause: cause instanceof Error ? cause.name : typeof cause,
    });
  }
}

const tooMuch = (name: string): UserError =>
  new UserError({
    subject: name,
    found: "a zip that says it unpacks to more than an image may hold",
    expected: `at most ${MAX_BYTES} bytes in at most ${MAX_ENTRIES} files`,
    advice: "Pack one series alone.",
  });

/** Names come from strangers: nothing in them may steer a terminal. */
const printable = (entry: string): string => entry.slice(0, 200).replace(/[^\x20-\x7e]/g, "?");
