/** What a person needs to judge a training that goes on: one sentence for each validation. */
import { durationText } from "../base/index.js";
import type { ValidationLook } from "../training/loop.js";

/** The settings that say how long a training can last. */
export interface TrainingLength {
  readonly updates: number;
  /** Validations without a better loss that end it; 0: never. */
  readonly earlyStopping: number;
}

/**
 * Time left is that of the updates and validations at the pace since the training was started or gone on with; early stopping
 * may end it sooner, hence "at most".
 *
 * @param from updates that were done before
 * @param start milliseconds, on the clock of the function's `now`
 * @returns the sentence for a look at time `now`, in milliseconds
 */
export function trainingNews(
  { updates, earlyStopping }: TrainingLength,
  from: number,
  start = performance.now(),
): (look: ValidationLook, now: number) => string {
  return ({ step, validation, ...best }, now) => {
    const seconds = ((now - start) / 1000) * ((updates - step) / Math.max(1, step - from));
    const left =
      step >= updates ? "" : `, ${earlyStopping > 0 ? "at most " : ""}${durationText(seconds)} left`;
    const isBest = best.bestStep === step;
    const against = isBest
      ? "the best so far"
      : `best ${best.bestLoss.toFixed(3)} at update ${best.bestStep}${patienceText(best, earlyStopping)}`;
    const dice = Object.entries(validation.dice).map(([dataset, value]) => {
      const before = best.bestDice[dataset];
      const beside = isBest || before === undefined ? "" : ` (then ${before.toFixed(3)})`;
      return `${dataset} ${value.toFixed(3)}${beside}`;
    });
    const mean = dice.length > 1 ? `, mean ${meanOf(validation.dice).toFixed(3)}` : "";
    return `update ${step} of ${updates}${left}: validation loss ${validation.loss.toFixed(3)}, ${against}; Dice ${dice.join(", ")}${mean}`;
  };
}

const patienceText = (
  { validationsWithoutBetter }: Pick<ValidationLook, "validationsWithoutBetter">,
  earlyStopping: number,
): string =>
  earlyStopping > 0
    ? `, ${validationsWithoutBetter} of ${earlyStopping} validations without a better one`
    : "";

function meanOf(dice: Readonly<Record<string, number>>): number {
  const values = Object.values(dice);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
