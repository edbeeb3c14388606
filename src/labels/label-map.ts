/** From probabilities to a label map and how sure it is. */
import { UserError } from "../base/index.js";
import { type Volume, voxelCount } from "../volume/index.js";

/**
 * What the channels mean:
 * - `shared`: one channel, the organ of the image's context; label 1 where its probability is above 0.5.
 * - `union`: a channel an organ, independent of each other; label n + 1 for the most probable channel n where that is
 *   above 0.5, else 0. Of equal channels the first wins.
 * - `exclusive`: channels add up to one and channel 0 is the background; label n for the most probable channel n.
 */
export const labelModes = ["shared", "union", "exclusive"] as const;

export type LabelMode = (typeof labelModes)[number];

export interface LabelMap {
  readonly labels: Volume<Uint8Array>;
  /**
   * Probability of the label given, one channel. `shared`: max(p, 1 - p). `union`: the chosen channel's, and 1 - the
   * largest for background (an upper bound: the organs are not exclusive). `exclusive`: the largest.
   */
  readonly confidence: Volume<Float32Array>;
}

/** How many channels the network has for these organs. */
export const channelsOf = (mode: LabelMode, organs: number): number =>
  mode === "shared" ? 1 : mode === "union" ? organs : organs + 1;

/** @throws UserError where the channels do not suit the mode */
export function labelMap(probabilities: Volume<Float32Array>, mode: LabelMode): LabelMap {
  const { shape, affine, channels, data } = probabilities;
  const suits = mode === "shared" ? channels === 1 : channels <= 255 && channels > (mode === "union" ? 0 : 1);
  if (!suits) {
    throw new UserError({
      subject: "label mode",
      found: `${mode} with ${channels} channels`,
      expected: "1 channel (shared), 1 to 255 (union) or 2 to 255 (exclusive)",
      advice: "The labels and the model must be of one bundle.",
    });
  }
  const voxels = voxelCount(shape);
  const labels = new Uint8Array(voxels);
  const confidence = new Float32Array(voxels);
  for (let voxel = 0; voxel < voxels; voxel++) {
    let best = 0;
    let highest = data[voxel]!;
    for (let channel = 1; channel < channels; channel++) {
      const probability = data[channel * voxels + voxel]!;
      if (probability > highest) {
        highest = probability;
        best = channel;
      }
    }
    if (mode === "exclusive") {
      labels[voxel] = best;
      confidence[voxel] = highest;
    } else {
      const organ = highest > 0.5;
      labels[voxel] = organ ? best + 1 : 0;
      confidence[voxel] = organ ? highest : 1 - highest;
    }
  }
  return {
    labels: { shape, affine, channels: 1, data: labels },
    confidence: { shape, affine, channels: 1, data: confidence },
  };
}
