/**
 * Soft Dice, cross-entropy and the average calibration error together, a third each as in Barfoot et al. (arXiv 2506.03942):
 * there the calibration error fell by a sixth with Dice unchanged.
 */
import { z } from "zod";
import { averageCalibration } from "./average-calibration.js";
import { crossEntropy, foregroundWeight } from "./cross-entropy.js";
import type { LossKind } from "./loss.js";
import { softDice } from "./soft-dice.js";
import { partWeight, weightedSum } from "./weighted-sum.js";

const options = z.strictObject({
  kind: z.literal("dice+cross-entropy+calibration"),
  diceWeight: partWeight("Dice", 1 / 3),
  crossEntropyWeight: partWeight("cross-entropy", 1 / 3),
  calibrationWeight: partWeight("calibration", 1 / 3),
  foregroundWeight,
});

export const diceCrossEntropyCalibrationLoss: LossKind<typeof options> = {
  options,
  create: (chosen) =>
    weightedSum(
      { loss: softDice, weight: chosen.diceWeight },
      { loss: crossEntropy(chosen.foregroundWeight), weight: chosen.crossEntropyWeight },
      { loss: averageCalibration, weight: chosen.calibrationWeight },
    ),
};
