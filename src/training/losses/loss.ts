/** What a loss is: a number for every sample and channel, averaged over those that are annotated. */
import type { z } from "zod";
import { add, divide, multiply, reshape, sum, type Value } from "../../graph/index.js";

/**
 * @param logits [N, K, D, H, W]
 * @param target [N, K, D, H, W], 0 or 1
 * @returns [N, K, 1, 1, 1]
 */
export type ChannelLoss = (logits: Value, target: Value) => Value;

/** A kind of loss: the options it takes in the configuration, with their defaults, and how it is made. */
export interface LossKind<Options extends z.ZodType> {
  readonly options: Options;
  readonly create: (options: z.output<Options>) => ChannelLoss;
}

export const spatialAxes = [2, 3, 4];

/**
 * Mean over samples and channels, weighted; a channel that a dataset does not annotate has weight 0 and no influence.
 *
 * @param losses [N, K, 1, 1, 1]
 * @param weight [N, K]
 */
export function weightedMean(losses: Value, weight: Value): Value {
  const [samples, channels] = weight.dims as [number, number];
  const total = sum(multiply(losses, reshape(weight, [samples, channels, 1, 1, 1])));
  return divide(reshape(total, [1, 1]), add(sum(weight), 1e-12));
}
