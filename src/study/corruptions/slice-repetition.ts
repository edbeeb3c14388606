import { spacingOf } from "../../volume/index.js";
import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

const FACTORS = { 1: 2, 2: 4, 3: 6 } as const;

/**
 * Lost resolution through the planes: of every 2, 4 or 6 slices along the axis with the coarsest spacing (the last of
 * equals) the first one is kept and repeated. What is left tells of the slice, not of what lies between.
 */
export const sliceRepetition: Corruption = {
  apply(image, severity) {
    const { volume } = ownIntensities(image);
    const spacing = spacingOf(volume.affine);
    const axis = ([2, 1, 0] as const).reduce((best, next) =>
      spacing[next] > spacing[best] + 1e-6 ? next : best,
    );
    const stride = axis === 0 ? 1 : axis === 1 ? volume.shape[0] : volume.shape[0] * volume.shape[1];
    const size = volume.shape[axis];
    const before = volume.data.slice();
    for (let at = 0; at < before.length; at++) {
      const place = Math.floor(at / stride) % size;
      volume.data[at] = before[at - (place % FACTORS[severity]) * stride]!;
    }
    return volume;
  },
};
