/** Soft Dice loss (Milletari et al., 2016), without squares: 1 - (2 sum(p t) + e) / (sum(p) + sum(t) + e). */
import { z } from "zod";
import { add, divide, multiply, sigmoid, subtract, sum } from "../../graph/index.js";
import { type ChannelLoss, type LossKind, spatialAxes } from "./loss.js";

/** Makes an empty channel that is predicted empty a loss of 0. */
const smoothing = 1e-5;

export const softDice: ChannelLoss = (logits, target) => {
  const probability = sigmoid(logits);
  const overlap = sum(multiply(probability, target), spatialAxes);
  const size = add(sum(probability, spatialAxes), sum(target, spatialAxes));
  return subtract(1, divide(add(multiply(overlap, 2), smoothing), add(size, smoothing)));
};

const options = z.strictObject({ kind: z.literal("dice") });

export const diceLoss: LossKind<typeof options> = { options, create: () => softDice };
