/** Further predictions of one image, from mirrored copies of it: test-time augmentation. */

import type { Session } from "../graph/index.js";
import { FLIPS, flipVoxels } from "../inference/index.js";
import { prepareImage, restoreToOriginal } from "../preparation/index.js";
import type { Modality, Volume } from "../volume/index.js";
import type { Bundle } from "./bundle.js";
import { inspectPrepared, toProbabilities } from "./predict.js";

/**
 * Calibrated probabilities on the file's grid, for each of the first `count` flips (at most 7: single axes first).
 *
 * @throws UserError naming `name` where the image cannot be used
 */
export async function predictFlipped(
  bundle: Bundle,
  session: Session,
  volume: Volume,
  modality: Modality,
  name: string,
  count: number,
  signal?: AbortSignal,
): Promise<Volume<Float32Array>[]> {
  const { image, original } = prepareImage(volume, bundle.preparation, modality, name);
  const predictions: Volume<Float32Array>[] = [];
  for (const flip of FLIPS.slice(0, count)) {
    const { logits } = await inspectPrepared(session, flipVoxels(image, flip), bundle, [], signal);
    const probabilities = toProbabilities(logits, bundle.labels, bundle.calibration.temperature);
    predictions.push(restoreToOriginal(flipVoxels(probabilities, flip), original));
  }
  return predictions;
}
