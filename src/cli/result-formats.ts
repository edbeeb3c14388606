/** The formats that results are written in. */
import type { CaseFiles } from "../dataset/index.js";

/** By the name that `--format` takes; each with the ending of its files. */
export const resultFormats = { nifti: ".nii.gz", nrrd: ".nrrd", metaimage: ".mha" } as const;

export type ResultFormat = keyof typeof resultFormats;

export const resultFormatNames = Object.keys(resultFormats) as ResultFormat[];

/** The format that programs expect beside an image: its own, and NIfTI where it is DICOM. */
export function usualFormat({ images }: CaseFiles): ResultFormat {
  const path = (images[0] as string).toLowerCase();
  if (/\.(nrrd|nhdr)$/.test(path)) return "nrrd";
  if (/\.(mha|mhd)$/.test(path)) return "metaimage";
  return "nifti";
}
