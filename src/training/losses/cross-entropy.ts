/** Binary cross-entropy from logits, in the stable form softplus(z) - z t, averaged over voxels. */
import { add, mean, multiply, negate, softplus, subtract } from "../../graph/index.js";
import { type ChannelLoss, spatialAxes } from "./loss.js";

/** @param foregroundWeight factor on the loss of foreground voxels (1: unweighted; PyTorch's pos_weight) */
export const crossEntropy =
  (foregroundWeight = 1): ChannelLoss =>
  (logits, target) => {
    if (foregroundWeight === 1)
      return mean(subtract(softplus(logits), multiply(logits, target)), spatialAxes);
    const foreground = multiply(multiply(target, foregroundWeight), softplus(negate(logits)));
    const background = multiply(subtract(1, target), softplus(logits));
    return mean(add(foreground, background), spatialAxes);
  };
