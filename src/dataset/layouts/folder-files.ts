/** Volume files in a folder, and which of them have one name. */

import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { groupBy, UserError } from "../../base/index.js";
import { nameWithoutEnding } from "../../sources/index.js";
import type { CaseFault } from "../dataset.js";
import { holdsDicom, isFolder } from "../image-files.js";

/** The file's name without the ending of its format, if it has one. */
export const caseName = (file: string): string => nameWithoutEnding(file) ?? file;

/**
 * Paths of the volume files in a folder, and of the folders in it that hold DICOM files, by name without ending, sorted;
 * none where the folder does not exist.
 * Links are followed: their names come from the folder itself, never from a text that came with it.
 *
 * @throws UserError where the folder cannot be listed
 */
export async function volumesIn(folder: string): Promise<Map<string, string[]>> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return new Map();
    throw new UserError({
      subject: folder,
      found: code === "ENOTDIR" ? "a file" : `a folder that cannot be read (${code})`,
      expected: "a folder of image files",
      advice: "Check the path and the permissions.",
      cause,
    });
  }
  const volumes: string[] = [];
  for (const entry of entries.filter(({ name }) => !name.startsWith("."))) {
    const path = join(folder, entry.name);
    const taken = (await isFolder(path))
      ? await holdsDicom(path)
      : nameWithoutEnding(entry.name) !== undefined;
    if (taken) volumes.push(path);
  }
  return groupBy(volumes.sort(), (path) => caseName(path.slice(folder.length + 1)));
}

/** Files of the names that are not among `ids`. */
export const filesOfOthers = (
  files: ReadonlyMap<string, readonly string[]>,
  ids: Iterable<string>,
): string[] => {
  const known = new Set(ids);
  return [...files].flatMap(([id, paths]) => (known.has(id) ? [] : paths));
};

/** Files of one name, as `a.nii` beside `a.nii.gz`: which of them is meant cannot be known. */
export function doubleFault(paths: readonly string[]): CaseFault | undefined {
  if (paths.length < 2) return undefined;
  return {
    subject: paths[0] as string,
    found: `${paths.length} files of this name: ${paths.map((path) => path.split(/[\\/]/).at(-1)).join(", ")}`,
    expected: "one",
    advice: "Keep the right one of them.",
  };
}
