import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

const SHARES = { 1: 0.05, 2: 0.12, 3: 0.25 } as const;

/** Gaussian noise; its standard deviation is 5, 12 or 25 % of the image's range of intensities. */
export const noise: Corruption = {
  apply(image, severity, random) {
    const { volume, low, high } = ownIntensities(image);
    const deviation = SHARES[severity] * (high - low);
    for (let at = 0; at < volume.data.length; at++) volume.data[at]! += deviation * random.normal();
    return volume;
  },
};
