/** Focal loss (Lin et al., 2017): cross-entropy weighted by (1 - probability of the truth)^gamma. */
import { z } from "zod";
import { exponential, mean, multiply, negate, softplus, subtract } from "../../graph/index.js";
import { type ChannelLoss, type LossKind, spatialAxes } from "./loss.js";

/** @param gamma 0 gives cross-entropy; 2 is the paper's choice */
export const focal =
  (gamma: number): ChannelLoss =>
  (logits, target) => {
    const entropy = subtract(softplus(logits), multiply(logits, target));
    // 1 - p(truth) is sigmoid(-z) for foreground and sigmoid(z) for background; its logarithm is stable.
    const signed = subtract(multiply(logits, multiply(target, 2)), logits);
    const logMiss = negate(softplus(signed));
    return mean(multiply(exponential(multiply(logMiss, gamma)), entropy), spatialAxes);
  };

export const gamma = z.number().min(0).default(2).meta({
  description: "how much voxels that are right already are discounted",
  unit: "an exponent; 0: not at all, as in cross-entropy",
  change: "up where most voxels are easy",
});

const options = z.strictObject({ kind: z.literal("focal"), gamma });

export const focalLoss: LossKind<typeof options> = { options, create: (chosen) => focal(chosen.gamma) };
