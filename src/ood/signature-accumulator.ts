/** Streams feature maps into a Gram matrix: memory O(channels^2), whatever the size of the image. */
import { UserError } from "../base/index.js";
import type { Box } from "../volume/index.js";
import { addPanelProducts, addPanelSums, CHANNEL_TILE, panelWidth } from "./gram-kernel.js";
import type { LayerStatistics } from "./layer-statistics.js";

/** Most channels of a layer: its Gram matrix then takes 128 MiB. */
const MAX_CHANNELS = 4096;

/** From here on the runtime's own copy beats a loop (measured). */
const LONG_RUN = 64;

export class SignatureAccumulator {
  readonly channels: number;
  private readonly layer: string;
  /** Channels rounded up to whole tiles. */
  private readonly tiled: number;
  private readonly width: number;
  private readonly panel: Float64Array;
  private readonly products: Float64Array;
  private readonly sums: Float64Array;
  private voxels = 0;

  /** @param layer name for messages */
  constructor(channels: number, layer = "features") {
    if (!Number.isInteger(channels) || channels < 1 || channels > MAX_CHANNELS) {
      throw new UserError({
        subject: `layer ${layer}`,
        found: `${channels} channels`,
        expected: `1 to ${MAX_CHANNELS}`,
        advice: "Choose another layer for the guard.",
      });
    }
    this.channels = channels;
    this.layer = layer;
    this.tiled = Math.ceil(channels / CHANNEL_TILE) * CHANNEL_TILE;
    this.width = panelWidth(this.tiled);
    this.panel = new Float64Array(this.tiled * this.width);
    this.products = new Float64Array(this.tiled * this.tiled);
    this.sums = new Float64Array(channels);
  }

  /**
   * Adds the voxels of a box.
   *
   * @param features feature map [1, C, D, H, W]
   * @param dims those five sizes
   * @param interior half-open box [i, j, k] (axes W, H, D) of the voxels to count
   * @throws UserError where a feature is NaN or infinite
   */
  add(features: Float32Array, dims: readonly number[], interior: Box): void {
    const [batch, channels, depth, height, breadth] = dims as [number, number, number, number, number];
    const space = depth * height * breadth;
    if (batch !== 1 || channels !== this.channels || features.length !== channels * space) {
      throw new Error(
        `features [${dims.join(", ")}] of length ${features.length} for ${this.channels} channels`,
      );
    }
    const { low, high } = interior;
    if (low.some((start) => start < 0) || high[0] > breadth || high[1] > height || high[2] > depth) {
      throw new Error(`interior ${low.join()} to ${high.join()} outside features [${dims.join(", ")}]`);
    }
    let filled = 0;
    for (const run of contiguousRuns(interior, breadth, height)) {
      let { start } = run;
      while (start < run.end) {
        const count = Math.min(run.end - start, this.width - filled);
        this.fill(features, space, { start, count, filled });
        filled += count;
        start += count;
        if (filled === this.width) {
          this.flush(filled);
          filled = 0;
        }
      }
    }
    if (filled > 0) this.flush(filled);
    this.refuseNonFinite();
  }

  /**
   * Adds a Gram matrix computed elsewhere, for instance by the engine beside the features.
   *
   * @param gram F^T F of these rows, `channels` x `channels`
   * @param columnSums sum of each column of F
   * @param rows rows of F
   */
  addGram(gram: ArrayLike<number>, columnSums: ArrayLike<number>, rows: number): void {
    const { channels, tiled } = this;
    if (gram.length !== channels * channels || columnSums.length !== channels) {
      throw new Error(`a Gram matrix of ${gram.length} numbers for ${channels} channels`);
    }
    for (let a = 0; a < channels; a++) {
      this.sums[a]! += columnSums[a]!;
      for (let b = a; b < channels; b++) this.products[a * tiled + b]! += gram[a * channels + b]!;
    }
    this.voxels += rows;
    this.refuseNonFinite();
  }

  /** Rows counted so far. */
  rows(): number {
    return this.voxels;
  }

  /** The Gram matrix so far, `channels` x `channels`, exactly symmetric; a copy. */
  gram(): Float64Array {
    const { channels, tiled } = this;
    const full = new Float64Array(channels * channels);
    for (let a = 0; a < channels; a++) {
      for (let b = a; b < channels; b++) {
        const product = this.products[a * tiled + b]!;
        full[a * channels + b] = product;
        full[b * channels + a] = product;
      }
    }
    return full;
  }

  statistics(): LayerStatistics {
    return {
      channels: this.channels,
      rows: this.voxels,
      gram: this.gram(),
      columnSums: this.sums.slice(),
    };
  }

  /** Copies `count` voxels of every channel, from `start` on, into the panel behind those that fill it already. */
  private fill(
    features: Float32Array,
    space: number,
    { start, count, filled }: { readonly start: number; readonly count: number; readonly filled: number },
  ): void {
    const { panel } = this;
    for (let channel = 0; channel < this.channels; channel++) {
      const from = channel * space + start;
      const to = channel * this.width + filled;
      if (count >= LONG_RUN) panel.set(features.subarray(from, from + count), to);
      else for (let v = 0; v < count; v++) panel[to + v] = features[from + v]!;
    }
  }

  private flush(count: number): void {
    const panel = { values: this.panel, width: this.width, count };
    addPanelProducts(panel, this.tiled, this.products);
    addPanelSums(panel, this.sums);
    this.voxels += count;
  }

  /** A feature that is not finite makes its channel's own product so. */
  private refuseNonFinite(): void {
    for (let channel = 0; channel < this.channels; channel++) {
      if (Number.isFinite(this.products[channel * this.tiled + channel]!)) continue;
      throw new UserError({
        subject: `layer ${this.layer}, channel ${channel}`,
        found: "features that are not finite",
        expected: "finite numbers",
        advice: "Check the image for NaN or extreme intensities, and the model's weights.",
      });
    }
  }
}

/** Stretches of one channel's memory that make up a box: rows, or planes and the whole where they touch. */
function* contiguousRuns({ low, high }: Box, breadth: number, height: number) {
  if (low.some((start, axis) => start >= high[axis]!)) return;
  const wholeRows = low[0] === 0 && high[0] === breadth;
  const wholePlanes = wholeRows && low[1] === 0 && high[1] === height;
  if (wholePlanes) {
    yield { start: low[2] * breadth * height, end: high[2] * breadth * height };
    return;
  }
  for (let k = low[2]; k < high[2]; k++) {
    const plane = k * breadth * height;
    if (wholeRows) {
      yield { start: plane + low[1] * breadth, end: plane + high[1] * breadth };
      continue;
    }
    for (let j = low[1]; j < high[1]; j++) {
      const row = plane + j * breadth;
      yield { start: row + low[0], end: row + high[0] };
    }
  }
}
