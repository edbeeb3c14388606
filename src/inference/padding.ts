/** Copies a window out of an image, padded by reflection where the window reaches beyond the image's far ends. */
import type { Shape, Volume } from "../volume/index.js";

/**
 * Position inside [0, length) that padding shows at `at` >= 0: reflection about the last voxel (NumPy's `reflect`), as
 * often as needed. Reflection keeps the image's intensities and texture, so that the statistics of instance norm stay
 * near those of the image alone; a constant would pull them towards itself.
 */
export function reflected(at: number, length: number): number {
  if (at < length) return at;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const within = at % period;
  return within < length ? within : period - within;
}

/** Writes the window of `size` at `origin`, all channels, into `into` (order of `Volume.data`). */
export function cutWindow(image: Volume<Float32Array>, origin: Shape, size: Shape, into: Float32Array): void {
  const [ni, nj, nk] = image.shape;
  const [si, sj, sk] = size;
  const inside = Math.min(si, ni - origin[0]);
  let to = 0;
  for (let channel = 0; channel < image.channels; channel++) {
    for (let k = 0; k < sk; k++) {
      const planes = reflected(origin[2] + k, nk) + nk * channel;
      for (let j = 0; j < sj; j++) {
        const row = ni * (reflected(origin[1] + j, nj) + nj * planes);
        into.set(image.data.subarray(row + origin[0], row + origin[0] + inside), to);
        for (let i = inside; i < si; i++) into[to + i] = image.data[row + reflected(origin[0] + i, ni)]!;
        to += si;
      }
    }
  }
}
