/** What whoever predicts an image wants of it, and who takes what its windows give. */
import type { Tensor } from "../graph/engine.js";
import type { Box } from "../volume/index.js";
import type { ActivationName } from "./activation.js";

/**
 * Takes one window's feature map of one layer. `features` is [1, C, D, H, W] float32, its memory is used again for the
 * next window; `interior` is the part that counts, in the map's own voxels [i, j, k] (axes W, H, D).
 */
export type FeatureVisitor = (layer: string, features: Tensor, interior: Box) => void | Promise<void>;

/** What a model that counts for itself gives of one window and layer: see `withGramOutputs`. */
export interface WindowGram {
  /** F^T F, C x C, of the matrix F with one row a voxel that counts and one column a channel. */
  readonly gram: Float64Array;
  readonly columnSums: Float64Array;
  /** Voxels that counted. */
  readonly rows: number;
}

/** Takes one window's Gram matrix of one layer; its memory is used again for the next window. */
export type GramVisitor = (layer: string, statistics: WindowGram) => void;

export interface PredictOptions {
  /** Channels of the model's logits. */
  readonly outputChannels: number;
  /** Default `sigmoid`. */
  readonly activation?: ActivationName;
  /**
   * Layers that are looked at. `onGram` sees those of which the model gives Gram matrices, `onFeatures` the others: output
   * `features/<layer>` of the model, or the output of that name.
   */
  readonly layers?: readonly string[];
  readonly onFeatures?: FeatureVisitor;
  readonly onGram?: GramVisitor;
  /** Further inputs of the model, the same for every window (dropout masks). */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}
