/** The one rule from probabilities to a mask: what is measured, drawn and written all goes by it. */
import { UserError } from "../base/index.js";
import { type Grid, type Volume, voxelCount } from "../volume/index.js";
import { type LabelMode, labelOfChannel } from "./label-mode.js";
import type { PaintedRegion } from "./regions.js";

/** What the probabilities of a prediction are of: all that the rule needs. */
export interface PredictedChannels {
  readonly channels: number;
  readonly labelMode: LabelMode;
  /** In `regions` mode alone: what is painted, first to last. */
  readonly regions?: readonly PaintedRegion[];
}

export interface LabelMap {
  readonly labels: Volume<Uint8Array>;
  /**
   * Probability of the label given, one channel. `shared`: max(p, 1 - p). `union`: the chosen channel's, and 1 - the
   * largest for background (an upper bound: the organs are not exclusive). `exclusive`: the largest. `regions`: the lesser
   * of the probability that the label's region is there and of that that none painted later is (an upper bound too).
   */
  readonly confidence: Volume<Float32Array>;
}

/** Voxels of some slices and their probabilities. */
export interface LabelledVoxels {
  readonly labels: Uint8Array;
  readonly confidence: Float32Array;
}

/**
 * Labels of voxels: in `shared` and `union` mode the most probable channel where its probability is above 0.5, else
 * background; in `exclusive` mode the most probable channel. Of equal channels the first wins. In `regions` mode every
 * region whose probability is above 0.5 is painted over those before it (nnU-Net's `convert_probabilities_to_segmentation`).
 *
 * @param probabilities [channels x voxels], calibrated
 * @throws UserError where the number of channels does not suit the mode
 */
export function labelVoxels(probabilities: Float32Array, predicted: PredictedChannels): LabelledVoxels {
  refuseUnsuited(predicted);
  const { channels, labelMode: mode, regions } = predicted;
  if (mode === "regions") return paintRegions(probabilities, regions as readonly PaintedRegion[]);
  const voxels = probabilities.length / channels;
  const labels = new Uint8Array(voxels);
  const confidence = new Float32Array(voxels);
  for (let voxel = 0; voxel < voxels; voxel++) {
    let best = 0;
    let highest = probabilities[voxel]!;
    for (let channel = 1; channel < channels; channel++) {
      const probability = probabilities[channel * voxels + voxel]!;
      if (probability > highest) {
        highest = probability;
        best = channel;
      }
    }
    const found = mode === "exclusive" || highest > 0.5;
    labels[voxel] = found ? labelOfChannel(mode, best) : 0;
    confidence[voxel] = found ? highest : 1 - highest;
  }
  return { labels, confidence };
}

function paintRegions(probabilities: Float32Array, regions: readonly PaintedRegion[]): LabelledVoxels {
  const voxels = probabilities.length / regions.length;
  const labels = new Uint8Array(voxels);
  const confidence = new Float32Array(voxels).fill(1);
  for (const { channel, value } of regions) {
    const own = probabilities.subarray(channel * voxels, (channel + 1) * voxels);
    for (let voxel = 0; voxel < voxels; voxel++) {
      const probability = own[voxel]!;
      const found = probability > 0.5;
      if (found) labels[voxel] = value;
      confidence[voxel] = found ? probability : Math.min(confidence[voxel]!, 1 - probability);
    }
  }
  return { labels, confidence };
}

/** As `labelVoxels`, of a whole volume on its own grid. */
export function labelMap(
  probabilities: Volume<Float32Array>,
  predicted: Omit<PredictedChannels, "channels">,
): LabelMap {
  const { channels, data } = probabilities;
  const { labels, confidence } = labelVoxels(data, { ...predicted, channels });
  return onGrid(probabilities, labels, confidence);
}

/** A box of a file's grid with its probabilities, as restoring brings them. */
export interface ProbabilityBlock {
  readonly low: readonly [number, number, number];
  readonly shape: readonly [number, number, number];
  /** [channels x shape[2] x shape[1] x shape[0]] */
  readonly data: Float32Array;
}

/**
 * As `labelVoxels`, of a volume that comes in boxes, in any order, so that the channels of the whole are never in memory at
 * once; together they are the whole grid.
 */
export async function labelBlocks(
  blocks: AsyncIterable<ProbabilityBlock>,
  grid: Grid,
  predicted: PredictedChannels,
): Promise<LabelMap> {
  const [ni, nj] = grid.shape;
  const labels = new Uint8Array(voxelCount(grid.shape));
  const confidence = new Float32Array(labels.length);
  for await (const { low, shape, data } of blocks) {
    const part = labelVoxels(data, predicted);
    let from = 0;
    for (let k = low[2]; k < low[2] + shape[2]; k++) {
      for (let j = low[1]; j < low[1] + shape[1]; j++, from += shape[0]) {
        const to = low[0] + ni * (j + nj * k);
        labels.set(part.labels.subarray(from, from + shape[0]), to);
        confidence.set(part.confidence.subarray(from, from + shape[0]), to);
      }
    }
  }
  return onGrid(grid, labels, confidence);
}

const onGrid = ({ shape, affine }: Grid, labels: Uint8Array, confidence: Float32Array): LabelMap => ({
  labels: { shape, affine, channels: 1, data: labels },
  confidence: { shape, affine, channels: 1, data: confidence },
});

function refuseUnsuited({ channels, labelMode: mode, regions }: PredictedChannels): void {
  const least = { shared: 1, union: 1, exclusive: 2, regions: regions?.length ?? Number.POSITIVE_INFINITY };
  const most = { shared: 1, union: 255, exclusive: 255, regions: regions?.length ?? 0 };
  if (channels >= least[mode] && channels <= most[mode]) return;
  throw new UserError({
    subject: "label mode",
    found: `${mode} with ${channels} channels`,
    expected: "1 channel (shared), 1 to 255 (union), 2 to 255 (exclusive) or one a region (regions)",
    advice: "The labels and the model must be of one bundle.",
  });
}
