/** Losses by name. To add one, write its file and name it in both places here. */
import { z } from "zod";
import { crossEntropyLoss } from "./cross-entropy.js";
import { diceCrossEntropyLoss } from "./dice-cross-entropy.js";
import { diceCrossEntropyCalibrationLoss } from "./dice-cross-entropy-calibration.js";
import { diceFocalLoss } from "./dice-focal.js";
import { focalLoss } from "./focal.js";
import type { ChannelLoss, LossKind } from "./loss.js";
import { diceLoss } from "./soft-dice.js";

export const losses = {
  "dice+cross-entropy": diceCrossEntropyLoss,
  dice: diceLoss,
  "cross-entropy": crossEntropyLoss,
  focal: focalLoss,
  "dice+focal": diceFocalLoss,
  "dice+cross-entropy+calibration": diceCrossEntropyCalibrationLoss,
};

/** A kind, Dice with cross-entropy where none is given, and the options of that kind. */
export const lossSchema = z.discriminatedUnion(
  "kind",
  [
    diceCrossEntropyLoss.options,
    diceLoss.options,
    crossEntropyLoss.options,
    focalLoss.options,
    diceFocalLoss.options,
    diceCrossEntropyCalibrationLoss.options,
  ],
  {
    error: ({ code }) =>
      code === "invalid_union" ? `expected ${Object.keys(losses).join(", ")}` : undefined,
  },
);

export type LossOptions = z.output<typeof lossSchema>;

export function createLoss(options: LossOptions): ChannelLoss {
  // The options belong to the kind of that name: the schema has checked it.
  return (losses[options.kind] as LossKind<z.ZodType<LossOptions>>).create(options);
}

export { supervisedLoss } from "./deep-supervision.js";
export { type ChannelLoss, weightedMean } from "./loss.js";
