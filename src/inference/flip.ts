/** Mirror images of a volume's voxels, for test-time augmentation. */
import type { Volume } from "../volume/index.js";

/** Which of the axes i, j, k are turned round. */
export type Flip = readonly [boolean, boolean, boolean];

/** All flips but the one that changes nothing, single axes first. */
export const FLIPS: readonly Flip[] = [
  [true, false, false],
  [false, true, false],
  [false, false, true],
  [true, true, false],
  [true, false, true],
  [false, true, true],
  [true, true, true],
];

/** The voxels in turned order on the same grid; the same flip again brings them back. */
export function flipVoxels(volume: Volume<Float32Array>, [x, y, z]: Flip): Volume<Float32Array> {
  const [ni, nj, nk] = volume.shape;
  const data = new Float32Array(volume.data.length);
  let to = 0;
  for (let channel = 0; channel < volume.channels; channel++) {
    for (let k = 0; k < nk; k++) {
      const plane = (z ? nk - 1 - k : k) + nk * channel;
      for (let j = 0; j < nj; j++, to += ni) {
        const row = ni * ((y ? nj - 1 - j : j) + nj * plane);
        const line = volume.data.subarray(row, row + ni);
        data.set(line, to);
        if (x) data.subarray(to, to + ni).reverse();
      }
    }
  }
  return { ...volume, data };
}
