/**
 * The inner loop of the streaming signature: products of all pairs of channels over a panel of voxels.
 *
 * Measured choices: 2 x 4 tiles (eight accumulators and their operands fit the registers; 4 x 4 was no faster) over
 * double-precision panels that stay in cache. Sums within a panel and sums of panels are separate, which also
 * keeps rounding errors small.
 */

/** Panels hold a multiple of this many channels; the surplus ones are zero. */
export const CHANNEL_TILE = 4;

/** Voxels in a panel of so many channels: about 256 KiB. */
export const panelWidth = (channels: number): number =>
  Math.min(512, Math.max(32, Math.floor(32768 / channels)));

/** Voxels of all channels side by side. */
export interface Panel {
  /** A row of `width` numbers for each channel. */
  readonly values: Float64Array;
  readonly width: number;
  /** Numbers of each row that are used, from its start. */
  readonly count: number;
}

/**
 * Adds P P^T to `gram`'s tiles on and above the diagonal; what lies below is only partly written.
 *
 * @param panel P, with `channels` rows
 * @param channels multiple of CHANNEL_TILE
 * @param gram `channels` x `channels`
 */
export function addPanelProducts(
  { values: panel, width, count }: Panel,
  channels: number,
  gram: Float64Array,
): void {
  for (let a = 0; a < channels; a += 2) {
    const a0 = a * width;
    const a1 = a0 + width;
    for (let b = a - (a % CHANNEL_TILE); b < channels; b += CHANNEL_TILE) {
      const b0 = b * width;
      const b1 = b0 + width;
      const b2 = b1 + width;
      const b3 = b2 + width;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      for (let v = 0; v < count; v++) {
        const x0 = panel[a0 + v]!;
        const x1 = panel[a1 + v]!;
        const y0 = panel[b0 + v]!;
        const y1 = panel[b1 + v]!;
        const y2 = panel[b2 + v]!;
        const y3 = panel[b3 + v]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
      }
      const row = a * channels + b;
      gram[row]! += s00;
      gram[row + 1]! += s01;
      gram[row + 2]! += s02;
      gram[row + 3]! += s03;
      const next = row + channels;
      gram[next]! += s10;
      gram[next + 1]! += s11;
      gram[next + 2]! += s12;
      gram[next + 3]! += s13;
    }
  }
}

/** Adds the sum of each of the panel's rows to `sums`; as many rows as `sums` is long. */
export function addPanelSums({ values: panel, width, count }: Panel, sums: Float64Array): void {
  for (let channel = 0; channel < sums.length; channel++) {
    const row = channel * width;
    // Four sums, because each addition waits for the one before it.
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let v = 0;
    for (; v + 3 < count; v += 4) {
      s0 += panel[row + v]!;
      s1 += panel[row + v + 1]!;
      s2 += panel[row + v + 2]!;
      s3 += panel[row + v + 3]!;
    }
    for (; v < count; v++) s0 += panel[row + v]!;
    sums[channel]! += s0 + s1 + (s2 + s3);
  }
}
