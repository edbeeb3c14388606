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

/** True for a list of files or a pattern of their names; a single file may be called "list.raw". */
export const statesManyFiles = (stated: string): boolean =>
  /^LIST(\s+\d+D?)?$/i.test(stated) || /%\d*d/.test(stated);

/**
 * A file's name that another file states, which must lie in that file's own folder: such files travel with other people's data.
 *
 * @throws UserError where it is a path to somewhere else
 */
export function plainFileName(stated: string, subject: string): string {
  const file = stated.replace(/^\.[\\/]/, "");
  if (file !== "" && file !== "." && file !== ".." && !/[\\/\0]/.test(file)) return file;
  throw new UserError({
    subject,
    found: "a part of it that lies in another folder",
    expected: "the name of a file beside it",
    advice:
      "Put both files into one folder and save the file again, so that it states the other's name alone.",
  });
}
