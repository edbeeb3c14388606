/** Binary cross-entropy from logits, in the stable form softplus(z) - z t, averaged over voxels. */
import { z } from "zod";
import { add, mean, multiply, negate, softplus, subtract } from "../../graph/index.js";
import { type ChannelLoss, type LossKind, spatialAxes } from "./loss.js";

/** @param foregroundWeight factor on the loss of foreground voxels (1: unweighted; PyTorch's pos_weight) */
export const crossEntropy =
  (foregroundWeight: number): ChannelLoss =>
  (logits, target) => {
    if (foregroundWeight === 1)
      return mean(subtract(softplus(logits), multiply(logits, target)), spatialAxes);
    const foreground = multiply(multiply(target, foregroundWeight), softplus(negate(logits)));
    const background = multiply(subtract(1, target), softplus(logits));
    return mean(add(foreground, background), spatialAxes);
  };

export const foregroundWeight = z.number().positive().default(1).meta({
  description: "factor on the loss of foreground voxels",
  unit: "a factor; 1 changes nothing",
  change: "above 1 for small organs that are missed",
});

const options = z.strictObject({ kind: z.literal("cross-entropy"), foregroundWeight });

export const crossEntropyLoss: LossKind<typeof options> = {
  options,
  create: (chosen) => crossEntropy(chosen.foregroundWeight),
};
