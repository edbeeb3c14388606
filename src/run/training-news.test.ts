import { expect, it } from "vitest";
import type { ValidationLook } from "../training/loop.js";
import { trainingNews } from "./training-news.js";

const look = (changes: Partial<ValidationLook> & { dice?: Record<string, number> } = {}): ValidationLook => {
  const { dice = { liver: 0.8, cord: 0.6 }, ...others } = changes;
  return {
    step: 300,
    validation: { loss: 0.4216, dice },
    bestLoss: 0.4216,
    bestStep: 300,
    bestDice: dice,
    validationsWithoutBetter: 0,
    ...others,
  };
};

it("says where the training stands, how long it takes, Dice of every dataset, and that it is the best", () => {
  const told = trainingNews({ updates: 900, earlyStopping: 0 }, 0, 1000);
  expect(told(look(), 61_000)).toBe(
    "update 300 of 900, 2 min 0 s left: validation loss 0.422, the best so far; Dice liver 0.800, cord 0.600, mean 0.700",
  );
});

it("says what the best was, dataset by dataset, and how much patience is left", () => {
  const told = trainingNews({ updates: 900, earlyStopping: 4 }, 0, 0);
  const later = look({
    step: 600,
    bestLoss: 0.4,
    bestStep: 300,
    bestDice: { liver: 0.9, cord: 0.5 },
    validationsWithoutBetter: 3,
  });
  expect(told(later, 60_000)).toBe(
    "update 600 of 900, at most 30 s left: validation loss 0.422, best 0.400 at update 300, 3 of 4 validations without a better one; Dice liver 0.800 (then 0.900), cord 0.600 (then 0.500), mean 0.700",
  );
});

it("counts no update that was done before it was gone on with as speed", () => {
  const told = trainingNews({ updates: 400, earlyStopping: 0 }, 200, 0);
  expect(told(look(), 10_000)).toContain("update 300 of 400, 10 s left:");
});

it("says nothing of time at the end, nor of a mean over one dataset", () => {
  const told = trainingNews({ updates: 300, earlyStopping: 0 }, 0, 0);
  expect(told(look({ dice: { liver: 0.8 } }), 10_000)).toBe(
    "update 300 of 300: validation loss 0.422, the best so far; Dice liver 0.800",
  );
});
