/** Names of image files. */
import { FORMATS } from "./registry.js";

/** Endings of DICOM files and of zips of them: read, never written. Many DICOM files have no ending at all. */
const SERIES_ENDINGS: readonly string[] = [".dcm", ".zip"];

/** What 3D Slicer adds to the name of an image for the name of its segmentation. */
const SEGMENTATION_ENDINGS: readonly string[] = [".seg.nrrd"];

/** A file name without the ending of its format: "a" for "a.nii.gz"; undefined where no format has its ending. */
export function nameWithoutEnding(file: string): string | undefined {
  const lower = file.toLowerCase();
  const endings = [...volumeEndings(), ...headerEndings(), ...SEGMENTATION_ENDINGS, ...SERIES_ENDINGS].filter(
    (ending) => lower.endsWith(ending),
  );
  if (endings.length === 0) return undefined;
  // Of two that fit, the longer: ".nii.gz" before ".gz".
  return file.slice(0, -Math.max(...endings.map(({ length }) => length)));
}

/** Endings of headers whose voxels lie in a file beside them. */
export const headerEndings = (): string[] => FORMATS.flatMap(({ detached }) => detached?.endings ?? []);

/** Endings of the volume files that can be written, lower case with the dot. */
export const volumeEndings = (): string[] => FORMATS.flatMap(({ endings }) => endings);
