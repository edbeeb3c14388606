import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

const GAMMAS = { 1: 1.4, 2: 2, 3: 3 } as const;

/** Another contrast: the range of intensities bent by gamma 1.4, 2 or 3, or by its inverse, as chance has it. */
export const contrast: Corruption = {
  apply(image, severity, random) {
    const { volume, low, high } = ownIntensities(image);
    const gamma = random.uniform() < 0.5 ? GAMMAS[severity] : 1 / GAMMAS[severity];
    const range = high - low || 1;
    for (let at = 0; at < volume.data.length; at++) {
      const unit = (volume.data[at]! - low) / range;
      // Outliers keep their side and distance.
      volume.data[at] = unit <= 0 || unit >= 1 ? volume.data[at]! : low + range * unit ** gamma;
    }
    return volume;
  },
};
