import type { Corruption } from "./corruption.js";

const FACTORS = { 1: 1.5, 2: 2, 3: 3 } as const;

/**
 * A wrong spacing in the header: one axis, as chance has it, is said to be 1.5, 2 or 3 times as long as it is. All axes
 * wrong alike would not matter to a preparation that fits images to a number of voxels.
 */
export const wrongSpacing: Corruption = {
  apply(image, severity, random) {
    const axis = random.below(3);
    const affine = image.affine.map((value, at) =>
      at < 12 && at % 4 === axis ? value * FACTORS[severity] : value,
    );
    // Without its source, whose grid is another one.
    return { shape: image.shape, affine, channels: image.channels, data: image.data };
  },
};
