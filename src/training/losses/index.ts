/** Losses by name. To add one, write its file and name it here. */
import { crossEntropy } from "./cross-entropy.js";
import { focal, weightedSum } from "./focal.js";
import type { ChannelLoss } from "./loss.js";
import { softDice } from "./soft-dice.js";

export interface LossOptions {
  /** Factor on foreground voxels in cross-entropy. */
  readonly foregroundWeight?: number;
  /** Exponent of the focal loss. */
  readonly gamma?: number;
  /** Weights of the two parts of a sum. */
  readonly diceWeight?: number;
  readonly crossEntropyWeight?: number;
}

export const losses = {
  dice: () => softDice,
  "cross-entropy": ({ foregroundWeight }) => crossEntropy(foregroundWeight),
  focal: ({ gamma }) => focal(gamma),
  "dice+cross-entropy": ({ foregroundWeight, diceWeight = 1, crossEntropyWeight = 1 }) =>
    weightedSum(softDice, diceWeight, crossEntropy(foregroundWeight), crossEntropyWeight),
  "dice+focal": ({ gamma, diceWeight = 1, crossEntropyWeight = 1 }) =>
    weightedSum(softDice, diceWeight, focal(gamma), crossEntropyWeight),
} satisfies Record<string, (options: LossOptions) => ChannelLoss>;

export type LossName = keyof typeof losses;
export { type ChannelLoss, weightedMean } from "./loss.js";
