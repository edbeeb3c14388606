/** A sum of two losses, each with a weight. */
import { z } from "zod";
import { add, multiply } from "../../graph/index.js";
import type { ChannelLoss } from "./loss.js";

export interface WeightedLoss {
  readonly loss: ChannelLoss;
  readonly weight: number;
}

export const weightedSum =
  (first: WeightedLoss, second: WeightedLoss): ChannelLoss =>
  (logits, target) =>
    add(
      multiply(first.loss(logits, target), first.weight),
      multiply(second.loss(logits, target), second.weight),
    );

/** Weight of one part of a sum, as a configuration gives it. */
export const partWeight = (part: string) =>
  z
    .number()
    .min(0)
    .default(1)
    .meta({
      description: `weight of the ${part} part`,
      unit: "a factor",
      change: "to favour one part of the sum",
    });
