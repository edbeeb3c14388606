import { voxelCount } from "./grid.js";
import type { Volume } from "./volume.js";

/** One channel's voxels: a view, not a copy. */
export function channelOf<Data extends Float32Array | Uint8Array>(
  volume: Volume<Data>,
  channel: number,
): Data {
  const voxels = voxelCount(volume.shape);
  return volume.data.subarray(channel * voxels, (channel + 1) * voxels) as Data;
}
