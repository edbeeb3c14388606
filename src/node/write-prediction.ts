import { type CaseFiles, casesOfFiles, writeFileAtomically } from "../dataset/index.js";
import { encodeResult, type ResultFormat, usualFormat } from "../library/encode.js";
import type { OpenBundle } from "../library/open-bundle.js";
import type { Prediction } from "../library/predict.js";
import { predictionTargets, refuseLosses } from "../prediction/prediction-targets.js";
import { resultFormats } from "../prediction/result-formats.js";

/** How the files of a prediction are written. */
export interface WriteOptions {
  readonly folder: string;
  /** Default: the format of the image, NIfTI for DICOM. */
  readonly format?: ResultFormat;
  /** Replace files that are there already; default: that is an error. */
  readonly overwrite?: boolean;
}

/** Absolute paths of the files of one prediction. */
export interface WrittenFiles {
  readonly verdict: string;
  readonly mask: string;
  readonly confidence: string;
}

/**
 * Writes mask, confidence and verdict as `sureseg predict` does: NAME_mask, NAME_confidence and NAME_verdict.json. The mask
 * comes last, so that there is never a mask whose verdict is missing.
 *
 * @param bundle the one that predicted, still open
 * @throws UserError where a file is there already, cannot be written, or the format does not suit the image
 */
export async function writePrediction(
  bundle: OpenBundle,
  prediction: Prediction,
  options: WriteOptions,
): Promise<WrittenFiles> {
  const { folder, format = usualFormat(prediction), overwrite = false } = options;
  const [{ id }] = casesOfFiles([prediction.name], bundle.labels.inputChannels.length) as [CaseFiles];
  const { verdict, mask, confidence } = predictionTargets(folder, id, resultFormats[format]);
  const written = { verdict, mask, confidence };
  const images = [{ id, subject: id, images: [prediction.name] }];
  await refuseLosses(images, () => Object.values(written), { overwrite });
  const { warnings, bundle: by } = prediction;
  const spoken = { ...prediction.verdict, warnings, bundle: by };
  await writeFileAtomically(verdict, `${JSON.stringify(spoken, null, 2)}\n`);
  await writeFileAtomically(confidence, await encodeResult(bundle, prediction, "confidence", format));
  await writeFileAtomically(mask, await encodeResult(bundle, prediction, "mask", format));
  return written;
}
