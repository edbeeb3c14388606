/** A prediction as files: verdict, confidence and mask, and maps of doubt where there are any. */
import type { ImagePrediction, Result } from "../bundle/index.js";
import { writeFileAtomically } from "../dataset/index.js";
import { writeVolume } from "../sources/index.js";
import type { Volume } from "../volume/index.js";
import type { PredictionTargets } from "./prediction-targets.js";
import type { ResultFormat } from "./result-formats.js";
import { type SpokenVerdict, spokenVerdict } from "./spoken-verdict.js";

/** With all that is written of it. */
export interface WholeResult extends Result {
  readonly prediction: ImagePrediction;
}

/**
 * The mask comes last: whatever goes wrong, there is never a mask whose verdict is missing.
 *
 * @returns the verdict as it was written, with the warnings of image and prediction
 * @throws UserError where the results cannot be written in the format, or on the disk
 */
export async function writePrediction(
  result: WholeResult,
  targets: PredictionTargets,
  format: ResultFormat,
): Promise<SpokenVerdict> {
  const { bundle, source, prediction } = result;
  const { verdict, doubt } = prediction;
  const spoken = spokenVerdict(bundle, verdict, [...source.warnings, ...prediction.warnings]);
  await writeFileAtomically(targets.verdict, `${JSON.stringify(spoken, null, 2)}\n`);
  const maps: [string, Volume][] =
    doubt === undefined
      ? []
      : [
          [targets.entropy, doubt.entropy],
          [targets.mutualInformation, doubt.mutualInformation],
        ];
  for (const [target, map] of maps) {
    await writeFileAtomically(target, await writeVolume(map, target, { like: source }));
  }
  for (const [target, what] of [
    [targets.confidence, "confidence"],
    [targets.mask, "labels"],
  ] as const) {
    await writeFileAtomically(target, await format.encode(what, result, target));
  }
  return spoken;
}
