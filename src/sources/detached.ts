/** Headers whose voxels lie in a file beside them. */
import { UserError } from "../base/index.js";

/** How a format has such headers. */
export interface DetachedHeaders {
  /** Endings of their names: read, never written. */
  readonly endings: readonly string[];
  /** Name of the file that holds the voxels, undefined where they follow in this one. @throws UserError for a path */
  dataFile(bytes: Uint8Array, name: string): string | undefined;
  /** Header and voxels as the format has them in one file. */
  joined(bytes: Uint8Array, data: Uint8Array): Uint8Array;
}

/**
 * A file's name that a header states, which must lie in the header's own folder: headers travel with other people's data.
 *
 * @throws UserError where it is a path to somewhere else
 */
export function plainFileName(stated: string, subject: string): string {
  const file = stated.replace(/^\.[\\/]/, "");
  if (file !== "" && file !== "." && file !== ".." && !/[\\/\0]/.test(file)) return file;
  throw new UserError({
    subject,
    found: "a header whose voxels lie in another folder",
    expected: "the name of a file beside it",
    advice: "Put both files into one folder, and the file's name alone into the header.",
  });
}
