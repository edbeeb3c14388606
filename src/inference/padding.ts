/** Copies a window out of an image, with padding where the window reaches beyond the image. */
import type { Shape, Volume } from "../volume/index.js";

/**
 * What lies beyond the image:
 * - `reflect`: the image mirrored about its last voxel (NumPy's `reflect`), as often as needed. Keeps intensities and
 *   texture, so that the statistics of instance norm stay near those of the image alone.
 * - `edge`: the last voxel again.
 * - `zero`: 0, the mean of a z-scored image.
 *
 * A network does best with the padding that it was trained with: instance norm makes padding part of what it sees.
 */
export const paddings = ["reflect", "edge", "zero"] as const;
export type Padding = (typeof paddings)[number];

/** Position inside [0, length) that is shown at `at`; -1 for nothing. */
const shownAt: Readonly<Record<Padding, (at: number, length: number) => number>> = {
  reflect: (at, length) => {
    if (at >= 0 && at < length) return at;
    if (length === 1) return 0;
    const period = 2 * (length - 1);
    const within = Math.abs(at) % period;
    return within < length ? within : period - within;
  },
  edge: (at, length) => Math.min(Math.max(at, 0), length - 1),
  zero: (at, length) => (at >= 0 && at < length ? at : -1),
};

/** Writes the window, all channels, into `into` (order of `Volume.data`). */
export function cutWindow(
  image: Volume<Float32Array>,
  { origin, size, padding }: { readonly origin: Shape; readonly size: Shape; readonly padding: Padding },
  into: Float32Array,
): void {
  const [ni, nj, nk] = image.shape;
  const [si, sj, sk] = size;
  const shown = shownAt[padding];
  const first = Math.max(0, -origin[0]);
  const inside = Math.min(si, ni - origin[0]);
  let to = 0;
  for (let channel = 0; channel < image.channels; channel++) {
    for (let k = 0; k < sk; k++) {
      const fromK = shown(origin[2] + k, nk);
      for (let j = 0; j < sj; j++, to += si) {
        const fromJ = shown(origin[1] + j, nj);
        if (fromK < 0 || fromJ < 0) {
          into.fill(0, to, to + si);
          continue;
        }
        const row = ni * (fromJ + nj * (fromK + nk * channel));
        into.set(image.data.subarray(row + origin[0] + first, row + origin[0] + inside), to + first);
        for (let i = 0; i < si; i++) {
          if (i === first) i = inside;
          if (i >= si) break;
          const fromI = shown(origin[0] + i, ni);
          into[to + i] = fromI < 0 ? 0 : image.data[row + fromI]!;
        }
      }
    }
  }
}
