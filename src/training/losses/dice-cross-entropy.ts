/** Soft Dice and cross-entropy together: the overlap that is wanted, and a gradient where there is none yet. */
import { z } from "zod";
import { crossEntropy, foregroundWeight } from "./cross-entropy.js";
import type { LossKind } from "./loss.js";
import { softDice } from "./soft-dice.js";
import { partWeight, weightedSum } from "./weighted-sum.js";

const options = z.strictObject({
  kind: z.literal("dice+cross-entropy").default("dice+cross-entropy"),
  diceWeight: partWeight("Dice"),
  crossEntropyWeight: partWeight("cross-entropy"),
  foregroundWeight,
});

export const diceCrossEntropyLoss: LossKind<typeof options> = {
  options,
  create: (chosen) =>
    weightedSum(
      { loss: softDice, weight: chosen.diceWeight },
      { loss: crossEntropy(chosen.foregroundWeight), weight: chosen.crossEntropyWeight },
    ),
};
