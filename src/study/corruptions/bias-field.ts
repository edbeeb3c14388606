import type { Corruption } from "./corruption.js";
import { ownIntensities } from "./intensities.js";

const STRENGTHS = { 1: 0.3, 2: 0.7, 3: 1.2 } as const;

/**
 * A smooth multiplicative field, as of a receive coil: exp(s p), p a random polynomial of second order over the image,
 * scaled to [-1, 1], s 0.3, 0.7 or 1.2. Intensities are counted from the image's 1st percentile, so that CT's negative
 * values shrink and grow like all others.
 */
export const biasField: Corruption = {
  apply(image, severity, random) {
    const { volume, low } = ownIntensities(image);
    const [ni, nj, nk] = volume.shape;
    const coefficients = Array.from({ length: 9 }, () => random.normal());
    const polynomial = (x: number, y: number, z: number): number =>
      [x, y, z, x * y, y * z, x * z, x * x, y * y, z * z].reduce(
        (sum, term, at) => sum + coefficients[at]! * term,
        0,
      );
    const field = new Float32Array(ni * nj * nk);
    const place = (at: number, size: number): number => (size > 1 ? (2 * at) / (size - 1) - 1 : 0);
    let at = 0;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let k = 0; k < nk; k++)
      for (let j = 0; j < nj; j++)
        for (let i = 0; i < ni; i++) {
          const value = polynomial(place(i, ni), place(j, nj), place(k, nk));
          field[at++] = value;
          least = Math.min(least, value);
          most = Math.max(most, value);
        }
    const strength = STRENGTHS[severity];
    for (let voxel = 0; voxel < volume.data.length; voxel++) {
      const unit = (2 * (field[voxel % field.length]! - least)) / (most - least || 1) - 1;
      volume.data[voxel] = low + (volume.data[voxel]! - low) * Math.exp(strength * unit);
    }
    return volume;
  },
};
