/** How unsure several predictions of one image are, voxel by voxel, on the file's grid. */
import { uncertaintyMaps } from "../inference/index.js";
import { backgroundProbabilities } from "../labels/index.js";
import { type Placement, restoredSlabs } from "../preparation/index.js";
import { type Volume, voxelCount } from "../volume/index.js";
import { type Labels, predictedChannels } from "./parts.js";

/** Calibrated probabilities on a prepared grid, and where that lies in the file. */
export interface Placed {
  readonly placement: Placement;
  readonly probabilities: Volume<Float32Array>;
}

/** Nats; see `uncertaintyMaps`. */
export interface DoubtMaps {
  readonly entropy: Volume<Float32Array>;
  readonly mutualInformation: Volume<Float32Array>;
}

/**
 * All members are brought back slab by slab, side by side: networks may have prepared the image differently.
 *
 * @param members predictions of the same file by networks with the same labels
 */
export function doubtMaps(labels: Labels, members: readonly Placed[]): DoubtMaps {
  const { shape, affine } = members[0]!.placement.original;
  const slice = shape[0] * shape[1];
  const entropy = new Float32Array(voxelCount(shape));
  const mutualInformation = new Float32Array(voxelCount(shape));
  const outside = backgroundProbabilities(labels.labelMode, labels.outputChannels);
  const restorations = members.map(({ probabilities, placement }) =>
    restoredSlabs(probabilities, placement, outside),
  );
  for (;;) {
    const slabs = restorations.flatMap((restoration) => restoration.next().value ?? []);
    if (slabs.length === 0) break;
    const maps = uncertaintyMaps(
      slabs.map(({ data }) => data),
      predictedChannels(labels),
    );
    entropy.set(maps.entropy, slabs[0]!.firstSlice * slice);
    mutualInformation.set(maps.mutualInformation, slabs[0]!.firstSlice * slice);
  }
  const map = (data: Float32Array): Volume<Float32Array> => ({ shape, affine, channels: 1, data });
  return { entropy: map(entropy), mutualInformation: map(mutualInformation) };
}
