/** From probabilities to a label map and to how sure the network is of it. */
import { type Volume, voxelCount } from "../volume/index.js";

/**
 * Label 0 where no channel reaches 0.5, otherwise 1 + the most probable channel.
 * Confidence: the probability of the chosen class: that channel's, or 1 - the largest one for background.
 */
export function segment(probabilities: Volume<Float32Array>): {
  labels: Volume<Uint8Array>;
  confidence: Volume<Float32Array>;
} {
  const { channels, data, shape, affine } = probabilities;
  const voxels = voxelCount(shape);
  const labels = new Uint8Array(voxels);
  const confidence = new Float32Array(voxels);
  for (let voxel = 0; voxel < voxels; voxel++) {
    let best = 0;
    for (let channel = 1; channel < channels; channel++) {
      if (data[channel * voxels + voxel]! > data[best * voxels + voxel]!) best = channel;
    }
    const probability = data[best * voxels + voxel]!;
    labels[voxel] = probability >= 0.5 ? best + 1 : 0;
    confidence[voxel] = Math.max(probability, 1 - probability);
  }
  return {
    labels: { shape, affine, channels: 1, data: labels },
    confidence: { shape, affine, channels: 1, data: confidence },
  };
}
