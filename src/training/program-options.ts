/** What is trained, and how: all that a training step depends on besides its batch. */
import type { Engine } from "../graph/index.js";
import type { Network } from "../network/index.js";
import type { ChannelLoss } from "./losses/index.js";
import type { Optimiser } from "./optimisers/index.js";

export interface ProgramOptions {
  readonly network: Network;
  readonly loss: ChannelLoss;
  readonly optimiser: Optimiser;
  /** Largest Euclidean norm of the gradient; 0 switches clipping off. */
  readonly clipNorm: number;
  /** Share of the running mean of the weights that an update keeps; 0, the default: there is no mean. */
  readonly averaging?: number;
  /** Samples a step. */
  readonly batch: number;
  /** Voxels of a patch as tensor axes [D, H, W] (k, j, i of a volume). */
  readonly patch: readonly [number, number, number];
  readonly seed: number;
  readonly engine: Engine;
  readonly threads?: number;
}
