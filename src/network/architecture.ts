/** What an architecture is: a function from an image to logits and named feature maps. */
import type { Value } from "../graph/index.js";
import type { ParameterSource } from "./parameters.js";

export interface NetworkOptions {
  /** Channels of the first level; each further level has twice as many. */
  readonly channels: number;
  /** Levels of resolution, each half as fine as the one before. */
  readonly levels: number;
  /** Channels of the image. */
  readonly inputChannels: number;
  /** Foreground channels: 1 in label mode `shared`, one an organ in `union`. */
  readonly outputChannels: number;
  /** Most channels that a level may have. */
  readonly maximumChannels: number;
}

export interface NetworkResult {
  /** [N, outputChannels, D, H, W]; probability = sigmoid(logit). */
  readonly logits: Value;
  /** Feature maps [N, C, D / s, H / s, W / s] by layer name, from the image to the output. */
  readonly layers: ReadonlyMap<string, Value>;
}

/** `image` is [N, inputChannels, D, H, W] with sizes that are multiples of `stride(levels)`. */
export type Architecture = (image: Value, source: ParameterSource, options: NetworkOptions) => NetworkResult;

/** Image sizes must be multiples of this. */
export const networkStride = (levels: number): number => 2 ** (levels - 1);

/** Channels of one level. */
export const levelChannels = (options: NetworkOptions, level: number): number =>
  Math.min(options.maximumChannels, options.channels * 2 ** level);
