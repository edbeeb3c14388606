/** Names of volume files. */
import { FORMATS } from "./registry.js";

/** A file name without the ending of its format: "a" for "a.nii.gz"; undefined where no format has its ending. */
export function nameWithoutEnding(file: string): string | undefined {
  const lower = file.toLowerCase();
  const endings = volumeEndings().filter((ending) => lower.endsWith(ending));
  if (endings.length === 0) return undefined;
  // Of two that fit, the longer: ".nii.gz" before ".gz".
  return file.slice(0, -Math.max(...endings.map(({ length }) => length)));
}

/** All endings, lower case with the dot. */
export const volumeEndings = (): string[] => FORMATS.flatMap(({ endings }) => endings);
