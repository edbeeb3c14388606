/**
 * Cross-entropy of one class out of K from logits, log(sum exp z) - z_class, averaged over voxels. It falls to the channel
 * of the class, so that the mean over channels is that of the classes, divided by K. For logits below 88 in size.
 */
import { exponential, logarithm, mean, multiply, subtract, sum } from "../../graph/index.js";
import { type ChannelLoss, spatialAxes } from "./loss.js";

/** Targets are 1 in the channel of the class and 0 in all others. */
export const categoricalCrossEntropy: ChannelLoss = (logits, target) => {
  const normaliser = logarithm(sum(exponential(logits), [1]));
  return mean(multiply(target, subtract(normaliser, logits)), spatialAxes);
};
