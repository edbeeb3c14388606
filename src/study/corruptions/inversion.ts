import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

/** Where on the range of intensities the turning begins. */
const TURNING = { 1: 0.6, 2: 0.3, 3: 0 } as const;

/**
 * Bright becomes dark: intensities above 60, 30 or 0 % of the image's range are mirrored there, so that the third severity
 * is the negative of the image. (A mixture with the negative would be the negative again once it is normalised.)
 */
export const inversion: Corruption = {
  apply(image, severity) {
    const { volume, low, high } = ownIntensities(image);
    const from = low + TURNING[severity] * (high - low);
    for (let at = 0; at < volume.data.length; at++) {
      const value = volume.data[at]!;
      if (severity === 3) volume.data[at] = low + high - value;
      else if (value > from) volume.data[at] = 2 * from - value;
    }
    return volume;
  },
};
