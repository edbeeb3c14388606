/** Mirror images of a volume's voxels, for test-time augmentation. */
import { type AnatomicalAxis, anatomicalAxes, type Volume } from "../volume/index.js";

/** Which of the axes i, j, k are turned round. */
export type Flip = readonly [boolean, boolean, boolean];

export const imageAxes = ["i", "j", "k"] as const;
export type ImageAxis = (typeof imageAxes)[number];

/**
 * All flips along these axes but the one that changes nothing: those of one axis first, then of two, then of three.
 *
 * @param axes along which training showed mirrored images, in any order; a network answers for no others
 * @returns 2^n - 1 flips for n axes; none for none
 */
export const flipsAlong = (axes: readonly AnatomicalAxis[]): Flip[] =>
  flipsOf([0, 1, 2].filter((axis) => axes.includes(anatomicalAxes[axis]!)));

/** As `flipsAlong`, of the image's own axes whichever way they run. */
export const flipsAlongImage = (axes: readonly ImageAxis[]): Flip[] =>
  flipsOf([0, 1, 2].filter((axis) => axes.includes(imageAxes[axis]!)));

function flipsOf(chosen: readonly number[]): Flip[] {
  const groups = [
    ...chosen.map((axis) => [axis]),
    ...chosen.flatMap((first) => chosen.filter((axis) => axis > first).map((second) => [first, second])),
    ...(chosen.length === 3 ? [[...chosen]] : []),
  ];
  return groups.map((group): Flip => [group.includes(0), group.includes(1), group.includes(2)]);
}

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
