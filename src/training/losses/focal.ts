/** Focal loss (Lin et al., 2017): cross-entropy weighted by (1 - probability of the truth)^gamma. */
import { add, exponential, mean, multiply, negate, softplus, subtract } from "../../graph/index.js";
import { type ChannelLoss, spatialAxes } from "./loss.js";

/** @param gamma 0 gives cross-entropy; 2 is the paper's choice */
export const focal =
  (gamma = 2): ChannelLoss =>
  (logits, target) => {
    const entropy = subtract(softplus(logits), multiply(logits, target));
    // 1 - p(truth) is sigmoid(-z) for foreground and sigmoid(z) for background; its logarithm is stable.
    const signed = subtract(multiply(logits, multiply(target, 2)), logits);
    const logMiss = negate(softplus(signed));
    return mean(multiply(exponential(multiply(logMiss, gamma)), entropy), spatialAxes);
  };

/** Sum of two losses with weights. */
export const weightedSum =
  (first: ChannelLoss, firstWeight: number, second: ChannelLoss, secondWeight: number): ChannelLoss =>
  (logits, target) =>
    add(multiply(first(logits, target), firstWeight), multiply(second(logits, target), secondWeight));
