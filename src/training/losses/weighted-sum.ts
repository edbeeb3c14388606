/** A sum of losses, each with a weight. */
import { z } from "zod";
import { add, multiply } from "../../graph/index.js";
import type { ChannelLoss } from "./loss.js";

export interface WeightedLoss {
  readonly loss: ChannelLoss;
  readonly weight: number;
}

export const weightedSum =
  (...parts: readonly [WeightedLoss, ...WeightedLoss[]]): ChannelLoss =>
  (logits, target) =>
    parts.map(({ loss, weight }) => multiply(loss(logits, target), weight)).reduce((a, b) => add(a, b));

/** Weight of one part of a sum, as a configuration gives it. */
export const partWeight = (part: string, usual = 1) =>
  z
    .number()
    .min(0)
    .default(usual)
    .meta({
      description: `weight of the ${part} part`,
      unit: "a factor",
      change: "to favour one part of the sum",
    });
