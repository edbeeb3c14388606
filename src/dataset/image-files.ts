/** What a path of an image stands for: a file, or a folder with the files of a DICOM series. */
import { constants } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../base/index.js";
import { dataFileOf, type FileToRead, headerEndings, type ImageFiles, isDicom } from "../sources/index.js";
import { readBytes } from "./read-bytes.js";

/** Most files of a folder that are looked at: a series has some thousands at most. */
const MAX_FILES = 65_536;

/** Folders in folders: as deep as exports of archives go (patient, study, series), and more. */
const MAX_DEPTH = 8;

/** Bytes that say whether a file is DICOM. */
const START = 256;

/** Files that are asked before a folder is said to hold no DICOM. */
const ASKED = 20;

/** @throws UserError naming the folder where it cannot be listed or holds more files than a series has */
export async function imageFilesAt(path: string): Promise<ImageFiles> {
  const folder = await isFolder(path);
  const paths = folder ? await filesBelow(path) : [path];
  return {
    name: path,
    files: paths.map(fileAt),
    folder,
    beside: (file) => fileAt(join(dirname(path), file)),
  };
}

/** True for a folder among whose first files is one of DICOM. @throws UserError where it cannot be listed */
export async function holdsDicom(folder: string): Promise<boolean> {
  for (const path of (await filesBelow(folder)).slice(0, ASKED)) if (await startsAsDicom(path)) return true;
  return false;
}

/**
 * Paths of the files that an image is read from: itself, itself and the file with its voxels, or those in its folder. Errors
 * as for `imageFilesAt`, and where a header cannot be read.
 */
export async function pathsOfImage(path: string): Promise<string[]> {
  if (await isFolder(path)) return filesBelow(path);
  const lower = path.toLowerCase();
  if (!headerEndings().some((ending) => lower.endsWith(ending))) return [path];
  const file = await dataFileOf(await fileAt(path).read(), path);
  return file === undefined ? [path] : [path, join(dirname(path), file)];
}

/** True for a folder, and for a link to one. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    // A file that is not there is reported when it is read.
    () => false,
  );

const fileAt = (path: string): FileToRead => ({
  name: path,
  read: () => readBytes(path, { expected: "an image file" }),
});

/** Sorted; without hidden files, pipes and the like. */
async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  await collect(folder, MAX_DEPTH, found);
  return found.sort();
}

async function collect(folder: string, depth: number, found: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError({
      subject: folder,
      found: `a folder that cannot be read (${cause.code ?? "unknown"})`,
      expected: "a folder of the files of a DICOM series",
      advice: "Check the permissions.",
      cause,
    });
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) await collect(path, depth - 1, found);
    // Links to files are followed, links to folders are not: they may lead round in a circle.
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isRegular(path)))) found.push(path);
    if (found.length <= MAX_FILES) continue;
    throw new UserError({
      subject: folder,
      found: `more than ${MAX_FILES} files`,
      expected: "a folder of the files of a DICOM series",
      advice: "Give the folder of one study or series.",
    });
  }
}

const isRegular = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );

async function startsAsDicom(path: string): Promise<boolean> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const start = new Uint8Array(START);
    const { bytesRead } = await file.read(start, 0, START, 0);
    return isDicom(start.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
