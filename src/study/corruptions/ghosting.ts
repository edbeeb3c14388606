import { channelOf } from "../../volume/index.js";
import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

const STRENGTHS = { 1: 0.15, 2: 0.3, 3: 0.6 } as const;

/**
 * Motion ghosts: faint copies of the image, shifted round along one of its two longest axes (the phase direction) by one
 * to three quarters of the field of view, are added. Together they have 15, 30 or 60 % of the image's intensity.
 */
export const ghosting: Corruption = {
  apply(image, severity, random) {
    const { volume, low } = ownIntensities(image);
    const axes = ([0, 1, 2] as const).toSorted((a, b) => volume.shape[b] - volume.shape[a]);
    const axis = axes[random.below(2)]!;
    const ghosts = 2 + random.below(3);
    const shifts = Array.from({ length: ghosts }, (_, n) =>
      Math.round((volume.shape[axis] * (n + 1)) / (ghosts + 1)),
    );
    const weight = STRENGTHS[severity] / ghosts;
    const stride = axis === 0 ? 1 : axis === 1 ? volume.shape[0] : volume.shape[0] * volume.shape[1];
    const size = volume.shape[axis];
    for (let channel = 0; channel < volume.channels; channel++) {
      const voxels = channelOf(volume, channel);
      const before = voxels.slice();
      for (let at = 0; at < voxels.length; at++) {
        const place = Math.floor(at / stride) % size;
        for (const shift of shifts) {
          const from = at + (((place + shift) % size) - place) * stride;
          voxels[at]! += weight * (before[from]! - low);
        }
      }
    }
    return volume;
  },
};
