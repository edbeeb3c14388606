/**
 * The loss of all levels that segment: each level's by half the weight of the next finer one's, the weights adding up to 1, as
 * nnU-Net weighs them (Isensee et al., 2021). A coarse level's target is the share of foreground in each of its voxels, where
 * nnU-Net takes the label of one place in it: thin organs would be lost.
 */
import { add, mean, multiply, reshape, type Value } from "../../graph/index.js";
import type { NetworkResult } from "../../network/index.js";
import type { ChannelLoss } from "./loss.js";

/**
 * @param target [N, K, D, H, W] on the grid of the finest logits
 * @returns [N, K, 1, 1, 1]
 */
export function supervisedLoss(
  loss: ChannelLoss,
  { logits, coarseLogits = [] }: Pick<NetworkResult, "logits" | "coarseLogits">,
  target: Value,
): Value {
  const levels = [logits, ...coarseLogits];
  const total = levels.reduce((sum, _, level) => sum + 2 ** -level, 0);
  return levels
    .map((own, level) => multiply(loss(own, targetOn(own, target)), 2 ** -level / total))
    .reduce((sum, next) => add(sum, next));
}

/** The target averaged over the voxels that make one of the level's. */
function targetOn(logits: Value, target: Value): Value {
  const [samples, channels, ...fine] = target.dims as number[];
  const coarse = logits.dims.slice(2) as number[];
  if (coarse.every((size, axis) => size === fine[axis])) return target;
  const split = coarse.flatMap((size, axis) => [size, fine[axis]! / size]);
  const averaged = mean(reshape(target, [samples!, channels!, ...split]), [3, 5, 7]);
  return reshape(averaged, [samples!, channels!, ...coarse]);
}
