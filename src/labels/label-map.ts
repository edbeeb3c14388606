/** The one rule from probabilities to a mask: what is measured, drawn and written all goes by it. */
import { UserError } from "../base/index.js";
import { type Grid, type Volume, voxelCount } from "../volume/index.js";
import { type LabelMode, labelOfChannel } from "./label-mode.js";

export interface LabelMap {
  readonly labels: Volume<Uint8Array>;
  /**
   * Probability of the label given, one channel. `shared`: max(p, 1 - p). `union`: the chosen channel's, and 1 - the
   * largest for background (an upper bound: the organs are not exclusive). `exclusive`: the largest.
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
 * background; in `exclusive` mode the most probable channel. Of equal channels the first wins.
 *
 * @param probabilities [channels x voxels], calibrated
 * @throws UserError where the number of channels does not suit the mode
 */
export function labelVoxels(probabilities: Float32Array, channels: number, mode: LabelMode): LabelledVoxels {
  refuseUnsuited(channels, mode);
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

/** As `labelVoxels`, of a whole volume on its own grid. */
export function labelMap(probabilities: Volume<Float32Array>, mode: LabelMode): LabelMap {
  const { labels, confidence } = labelVoxels(probabilities.data, probabilities.channels, mode);
  return onGrid(probabilities, labels, confidence);
}

/** Slices of a file's grid with their probabilities, as restoring brings them. */
export interface ProbabilitySlab {
  /** The first slice along k, counted from 0. */
  readonly firstSlice: number;
  readonly slices: number;
  /** [channels x slices x nj x ni] */
  readonly data: Float32Array;
}

/** As `labelVoxels`, of a volume that comes slab by slab, so that the channels of the whole are never in memory at once. */
export function labelSlabs(
  slabs: Iterable<ProbabilitySlab>,
  grid: Grid,
  channels: number,
  mode: LabelMode,
): LabelMap {
  const voxels = voxelCount(grid.shape);
  const slice = grid.shape[0] * grid.shape[1];
  const labels = new Uint8Array(voxels);
  const confidence = new Float32Array(voxels);
  for (const { firstSlice, data } of slabs) {
    const part = labelVoxels(data, channels, mode);
    labels.set(part.labels, firstSlice * slice);
    confidence.set(part.confidence, firstSlice * slice);
  }
  return onGrid(grid, labels, confidence);
}

/** A box of a file's grid with its probabilities, as restoring brings them. */
export interface ProbabilityBlock {
  readonly low: readonly [number, number, number];
  readonly shape: readonly [number, number, number];
  /** [channels x shape[2] x shape[1] x shape[0]] */
  readonly data: Float32Array;
}

/** As `labelSlabs`, of boxes in any order as they come; together they are the whole grid. */
export async function labelBlocks(
  blocks: AsyncIterable<ProbabilityBlock>,
  grid: Grid,
  channels: number,
  mode: LabelMode,
): Promise<LabelMap> {
  const [ni, nj] = grid.shape;
  const labels = new Uint8Array(voxelCount(grid.shape));
  const confidence = new Float32Array(labels.length);
  for await (const { low, shape, data } of blocks) {
    const part = labelVoxels(data, channels, mode);
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

function refuseUnsuited(channels: number, mode: LabelMode): void {
  const suits = mode === "shared" ? channels === 1 : channels <= 255 && channels > (mode === "union" ? 0 : 1);
  if (suits) return;
  throw new UserError({
    subject: "label mode",
    found: `${mode} with ${channels} channels`,
    expected: "1 channel (shared), 1 to 255 (union) or 2 to 255 (exclusive)",
    advice: "The labels and the model must be of one bundle.",
  });
}
