/** One image through a bundle: mask, confidence and verdict, on the grid of the file. */

import type { Session } from "../graph/index.js";
import { activations, predictVolume } from "../inference/index.js";
import { type LabelMap, labelMap } from "../labels/index.js";
import { checkGuard, FeatureStatistics, type LayerStatistics, type Verdict } from "../ood/index.js";
import { prepareImage, restoreToOriginal } from "../preparation/index.js";
import type { Modality, Volume } from "../volume/index.js";
import type { Bundle, BundleParts } from "./bundle.js";
import type { Labels } from "./parts.js";

/** What one pass over a prepared image gives. */
export interface Inspected {
  /** Blended logits on the prepared grid, before any temperature. */
  readonly logits: Volume<Float32Array>;
  /** Statistics of the features of every layer asked for. */
  readonly layers: Readonly<Record<string, LayerStatistics>>;
}

/** Runs a prepared image through a network, gathering the layers' statistics in the same pass. */
export async function inspectPrepared(
  session: Session,
  image: Volume<Float32Array>,
  { windows, labels }: Pick<BundleParts, "windows" | "labels">,
  layers: readonly string[],
  signal?: AbortSignal,
): Promise<Inspected> {
  const statistics = new FeatureStatistics();
  const { outputChannels, activation } = labels;
  const { logits } = await predictVolume(session, image, windows, {
    outputChannels,
    activation,
    keepLogits: true,
    layers,
    onFeatures: statistics.visit,
    signal,
  });
  return { logits: logits as Volume<Float32Array>, layers: statistics.layers() };
}

/** Probabilities from logits: activation(logit / temperature). */
export function toProbabilities(
  logits: Volume<Float32Array>,
  { activation }: Pick<Labels, "activation">,
  temperature: number,
): Volume<Float32Array> {
  const data = logits.data.slice();
  activations[activation](data, logits.channels, temperature);
  return { ...logits, data };
}

export interface ImagePrediction extends LabelMap {
  /** One channel an output channel, on the file's grid; calibrated. */
  readonly probabilities: Volume<Float32Array>;
  readonly verdict: Verdict;
}

/** @throws UserError naming `name` where the image cannot be used */
export async function predictImage(
  bundle: Bundle,
  session: Session,
  volume: Volume,
  modality: Modality,
  name: string,
  signal?: AbortSignal,
): Promise<ImagePrediction> {
  const { guard, labels, calibration } = bundle;
  const { image, original } = prepareImage(volume, bundle.preparation, modality, name);
  const used = guard.layers.map((layer) => layer.name);
  const { logits, layers } = await inspectPrepared(session, image, bundle, used, signal);
  const verdict = checkGuard(guard, { dataset: "", id: name, subject: "", layers });
  const probabilities = restoreToOriginal(toProbabilities(logits, labels, calibration.temperature), original);
  return { ...labelMap(probabilities, labels.labelMode), probabilities, verdict };
}
