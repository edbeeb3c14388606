/** From a network's logits to probabilities. */

/** In place: `logits` holds `channels` blocks of `logits.length / channels` voxels. */
export type Activation = (logits: Float32Array, channels: number) => void;

/** Each channel by itself: 1 / (1 + exp(-logit)). The networks trained here. */
const sigmoid: Activation = (logits) => {
  for (let at = 0; at < logits.length; at++) logits[at] = 1 / (1 + Math.exp(-logits[at]!));
};

/** Over the channels, which include the background: exp(logit) / sum. Models from nnU-Net and MONAI. */
const softmax: Activation = (logits, channels) => {
  const voxels = logits.length / channels;
  for (let voxel = 0; voxel < voxels; voxel++) {
    let largest = -Infinity;
    for (let c = 0; c < channels; c++) largest = Math.max(largest, logits[c * voxels + voxel]!);
    let total = 0;
    for (let c = 0; c < channels; c++) {
      const power = Math.exp(logits[c * voxels + voxel]! - largest);
      logits[c * voxels + voxel] = power;
      total += power;
    }
    for (let c = 0; c < channels; c++) logits[c * voxels + voxel]! /= total;
  }
};

/** Activations by name. */
export const activations = { sigmoid, softmax } satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;
