/** How good the network is on whole images that it does not learn from: what chooses the checkpoint and ends the training. */
import { groupBy } from "../base/index.js";
import { PROBABILITY_EPSILON } from "../calibration/index.js";
import { type PreparedCase, readPreparedCase } from "../dataset/index.js";
import type { Session } from "../graph/index.js";
import { predictVolume, type WindowPlan } from "../inference/index.js";
import {
  labelMap,
  labelsOfChannel,
  maskOfValues,
  type TargetEncoding,
  type TargetLayout,
  targetEncoding,
} from "../labels/index.js";
import { type Volume, voxelCount } from "../volume/index.js";

export interface Validation {
  /**
   * Mean over datasets of the mean over their volumes and annotated organs of (1 - soft Dice) + cross-entropy, at
   * temperature 1. The same whatever loss is trained with, so that trainings can be compared and a loss does not choose its
   * own checkpoint.
   *
   * Soft Dice of a whole image counts what is found in the wrong place, however far from the organ, and gives small organs
   * the weight of large ones. Cross-entropy, the mean over all voxels in nats, is a proper score: it falls on where Dice no
   * longer does, and never rewards being surer than right. For an organ that an image does not show, soft Dice says nothing
   * (0 for any prediction) and is left out; cross-entropy still counts what is found there.
   */
  readonly loss: number;
  /**
   * By dataset, the mean over its volumes and their annotated organs of the Dice coefficient of the mask that would be shipped
   * (on the prepared grid; 1 where organ and mask are both empty).
   */
  readonly dice: Readonly<Record<string, number>>;
}

export interface ValidationOptions {
  /** As at inference; windows are laid without overlap here, which is several times faster and, for a choice, as good. */
  readonly windows: WindowPlan;
  /** After each image. */
  readonly onImage?: (done: number) => void;
  readonly signal?: AbortSignal;
}

interface MeasuredVolume {
  readonly dataset: string;
  readonly loss: number;
  readonly dice: number;
}

/**
 * One image is in memory at a time.
 *
 * @param session of the exported network
 * @param cases at least one
 * @throws the signal's reason where it asks to stop
 */
export async function validate(
  session: Session,
  cases: readonly PreparedCase[],
  layout: TargetLayout,
  { windows, onImage, signal }: ValidationOptions,
): Promise<Validation> {
  const plan = { ...windows, overlap: 0 };
  const outputChannels = layout.channels.length;
  const volumes: MeasuredVolume[] = [];
  for (const item of cases) {
    const { image, target } = await readPreparedCase(item);
    const probabilities = await predictVolume(session, image, plan, { outputChannels, signal });
    const measured = measure(probabilities, target, layout, targetEncoding(layout, item));
    volumes.push({ dataset: item.dataset, ...measured });
    onImage?.(volumes.length);
  }
  const datasets = [...groupBy(volumes, ({ dataset }) => dataset)];
  return {
    loss: mean(datasets.map(([, own]) => mean(own.map(({ loss }) => loss)))),
    dice: Object.fromEntries(datasets.map(([name, own]) => [name, mean(own.map(({ dice }) => dice))])),
  };
}

/** Loss and Dice of one volume, averaged over the channels that its dataset annotates. */
function measure(
  probabilities: Volume<Float32Array>,
  target: Uint8Array,
  layout: TargetLayout,
  { channelOf, weight }: TargetEncoding,
): Omit<MeasuredVolume, "dataset"> {
  const labels = labelMap(probabilities, { labelMode: layout.mode }).labels.data;
  const voxels = voxelCount(probabilities.shape);
  const losses: number[] = [];
  const dices: number[] = [];
  for (let channel = 0; channel < layout.channels.length; channel++) {
    if (weight[channel] === 0) continue;
    const own = probabilities.data.subarray(channel * voxels, (channel + 1) * voxels);
    const masked = maskOfValues(labels, labelsOfChannel(layout, channel));
    let [softBoth, softSize, both, predicted, organ, entropy] = [0, 0, 0, 0, 0, 0];
    for (let voxel = 0; voxel < voxels; voxel++) {
      const inside = channelOf[target[voxel]!] === channel;
      const probability = own[voxel]!;
      const found = masked[voxel] === 1;
      softSize += probability;
      if (found) predicted++;
      if (inside) {
        organ++;
        softBoth += probability;
        if (found) both++;
      }
      entropy -= Math.log(awayFromZero(inside ? probability : 1 - probability));
    }
    const missed = organ === 0 ? 0 : 1 - (2 * softBoth) / (softSize + organ);
    losses.push(missed + entropy / voxels);
    dices.push(predicted + organ === 0 ? 1 : (2 * both) / (predicted + organ));
  }
  return { loss: mean(losses), dice: mean(dices) };
}

const awayFromZero = (probability: number): number => Math.max(PROBABILITY_EPSILON, probability);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
