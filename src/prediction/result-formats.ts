/** The formats that results are written in. */
import { encodeDicomResult, type Result } from "../bundle/index.js";
import type { CaseFiles } from "../dataset/index.js";
import { referableSeries, type VolumeSource, writeVolume } from "../sources/index.js";
import type { ResultFormatName } from "./result-format-names.js";

export interface ResultFormat {
  /** Of the files that hold mask and confidence. */
  readonly ending: string;
  /** Of the files that hold maps of doubt. */
  readonly mapEnding: string;
  /** Called before the work. @throws UserError naming the image whose results cannot be written so */
  refuseUnsuited(source: VolumeSource, name: string): void;
  /** The bytes of a file. @param target its name */
  encode(what: "labels" | "confidence", result: Result, target: string): Promise<Uint8Array>;
}

/** A format of volumes: any image's results can be written in it. */
const volumes = (ending: string): ResultFormat => ({
  ending,
  mapEnding: ending,
  refuseUnsuited() {},
  encode: (what, { prediction, source }, target) => writeVolume(prediction[what], target, { like: source }),
});

export const resultFormats: Readonly<Record<ResultFormatName, ResultFormat>> = {
  nifti: volumes(".nii.gz"),
  nrrd: volumes(".nrrd"),
  metaimage: volumes(".mha"),
  "dicom-seg": {
    ending: ".dcm",
    // Doubt is of voxels and of no segment.
    mapEnding: ".nii.gz",
    refuseUnsuited(source, name) {
      referableSeries(source, name);
    },
    encode: async (what, result) => encodeDicomResult(what, result),
  },
};

/** The format that programs expect beside an image: its own, and NIfTI where it is DICOM. */
export function usualFormat({ images }: CaseFiles): ResultFormatName {
  const path = (images[0] as string).toLowerCase();
  if (/\.(nrrd|nhdr)$/.test(path)) return "nrrd";
  if (/\.(mha|mhd)$/.test(path)) return "metaimage";
  return "nifti";
}
