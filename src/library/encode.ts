/** Results as the bytes of files. */
import { UserError } from "../base/index.js";
import { encodeDicomResult } from "../bundle/index.js";
import { writeVolume } from "../sources/index.js";
import { type OpenBundle, openedOf } from "./open-bundle.js";
import type { Prediction } from "./predict.js";

/** Formats of results, with the endings of their files. */
export const resultEndings = {
  nifti: ".nii.gz",
  nrrd: ".nrrd",
  metaimage: ".mha",
  "dicom-seg": ".dcm",
} as const;

/** `dicom-seg`: a segmentation that refers to the series; for images that were DICOM alone. */
export type ResultFormat = keyof typeof resultEndings;

const usual: Readonly<Record<string, ResultFormat>> = {
  NIfTI: "nifti",
  NRRD: "nrrd",
  MetaImage: "metaimage",
};

/** The format that programs expect beside an image: its own, and NIfTI for DICOM and for voxels without a file. */
export const usualFormat = ({ source }: Pick<Prediction, "source">): ResultFormat =>
  usual[source?.format ?? ""] ?? "nifti";

/**
 * The bytes of a file with the mask or the confidence of a prediction, on the grid of the image, in the fields of its header
 * where the formats are the same.
 *
 * @param bundle the one that predicted, still open: a DICOM segmentation names it and its organs
 * @param what `mask`: label values; `confidence`: the probability of the label that was given
 * @throws UserError where the image is no DICOM series that a segmentation can refer to, or the bundle is another one
 */
export async function encodeResult(
  bundle: OpenBundle,
  prediction: Prediction,
  what: "mask" | "confidence",
  format: ResultFormat = usualFormat(prediction),
): Promise<Uint8Array> {
  const { name, source, mask: labels } = prediction;
  if (format !== "dicom-seg") {
    const target = `${what}${resultEndings[format]}`;
    return writeVolume(what === "mask" ? labels : prediction.confidence, target, { like: source });
  }
  if (source === undefined || bundle.fingerprint !== prediction.bundle.fingerprint) {
    throw new UserError({
      subject: name,
      found: source === undefined ? "voxels without a file" : "a prediction of another bundle",
      expected: "a DICOM series, and the bundle that predicted",
      advice: "Write the result as NIfTI.",
    });
  }
  const part = what === "mask" ? "labels" : "confidence";
  const result = { name, bundle: openedOf(bundle).bundle, source, prediction: { ...prediction, labels } };
  return encodeDicomResult(part, result);
}
