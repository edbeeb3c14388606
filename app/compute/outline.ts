import type { Volume } from "../../src/volume/index.js";

/**
 * The mask's voxels that touch another value, or the end of the image, within their slice along k; the others are 0. Slices are
 * often thick: a step from one to the next would fill the outline of both.
 */
export function outlineOf({ data, shape, affine }: Volume<Uint8Array>): Volume<Uint8Array> {
  const [ni, nj, nk] = shape;
  const outline = new Uint8Array(data.length);
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const value = data[at]!;
        if (value === 0) continue;
        const inside =
          i > 0 &&
          data[at - 1] === value &&
          i < ni - 1 &&
          data[at + 1] === value &&
          j > 0 &&
          data[at - ni] === value &&
          j < nj - 1 &&
          data[at + ni] === value;
        if (!inside) outline[at] = value;
      }
    }
  }
  return { data: outline, shape, affine, channels: 1 };
}
