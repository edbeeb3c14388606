/** Files that other software wrote, which tests come with: what inputs are made from. */
import { readdirSync, readFileSync } from "node:fs";

/** Compiled or not, the program runs from the repository's root. */
const ROOT = "test/oracle/fixtures";

/** Files of a folder of fixtures by their names, in order of these. */
export function fixtures(folder: string, names: RegExp): Uint8Array<ArrayBuffer>[] {
  return readdirSync(`${ROOT}/${folder}`)
    .filter((name) => names.test(name))
    .sort()
    .map((name) => fixture(`${folder}/${name}`));
}

export const fixture = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(`${ROOT}/${path}`));
