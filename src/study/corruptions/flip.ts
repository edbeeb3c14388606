import { arrayLike } from "../../volume/index.js";
import type { Corruption } from "./corruption.js";

/**
 * Voxels in turned order with an unchanged header: mirrored along the first axis (1), the second (2), or the first and the
 * third (3), as after a conversion that lost track of orientation.
 */
export const flip: Corruption = {
  movesAnatomy: true,
  apply(image, severity) {
    const turned = { 1: [0], 2: [1], 3: [0, 2] }[severity];
    const [ni, nj, nk] = image.shape;
    const data = arrayLike(image.data, image.data.length);
    const place = (at: number, axis: number, size: number): number =>
      turned.includes(axis) ? size - 1 - at : at;
    let to = 0;
    for (let channel = 0; channel < image.channels; channel++)
      for (let k = 0; k < nk; k++)
        for (let j = 0; j < nj; j++) {
          const row = ni * (place(j, 1, nj) + nj * (place(k, 2, nk) + nk * channel));
          for (let i = 0; i < ni; i++) data[to++] = image.data[row + place(i, 0, ni)]!;
        }
    return { ...image, data };
  },
};
