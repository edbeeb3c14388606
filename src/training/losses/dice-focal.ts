/** Soft Dice and the focal loss together. */
import { z } from "zod";
import { focal, gamma } from "./focal.js";
import type { LossKind } from "./loss.js";
import { softDice } from "./soft-dice.js";
import { partWeight, weightedSum } from "./weighted-sum.js";

const options = z.strictObject({
  kind: z.literal("dice+focal"),
  diceWeight: partWeight("Dice"),
  focalWeight: partWeight("focal"),
  gamma,
});

export const diceFocalLoss: LossKind<typeof options> = {
  options,
  create: (chosen) =>
    weightedSum(
      { loss: softDice, weight: chosen.diceWeight },
      { loss: focal(chosen.gamma), weight: chosen.focalWeight },
    ),
};
