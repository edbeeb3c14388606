import { gaussianFilter } from "../../training/augmentation/blur.js";
import { filterAlong } from "../../training/augmentation/line-filter.js";
import { channelOf, spacingOf } from "../../volume/index.js";
import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

/** Of the image's longest side. */
const SHARES = { 1: 0.012, 2: 0.025, 3: 0.05 } as const;

/**
 * Gaussian blur, as wide in millimetres along every axis: its standard deviation is 1.2, 2.5 or 5 % of the image's
 * longest side, so that a mouse and a trunk lose as much of what a network sees.
 */
export const blur: Corruption = {
  apply(image, severity) {
    const { volume } = ownIntensities(image);
    const spacing = spacingOf(volume.affine);
    const longest = Math.max(...volume.shape.map((size, axis) => size * spacing[axis]!));
    for (let channel = 0; channel < volume.channels; channel++)
      for (const axis of [0, 1, 2] as const) {
        const sigma = (SHARES[severity] * longest) / spacing[axis];
        const filter = gaussianFilter(sigma, volume.shape[axis]);
        filterAlong(channelOf(volume, channel), volume.shape, axis, filter);
      }
    return volume;
  },
};
