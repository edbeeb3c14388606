import fc from "fast-check";
import { expect, it } from "vitest";
import { anyEvidence } from "../../test/any-evidence.js";
import { Random } from "../base/index.js";
import { checkGuard, fitGuard } from "../ood/index.js";
import { refuseUnfitGuard } from "./guard-policy.js";

const cases = (part: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({
    dataset: "liver",
    id: `${part}-${n}`,
    subject: `${part}-${n}`,
  }));

const refusal = (training: number, validation: number, alpha: number): string | undefined => {
  const images = { training: cases("train", training), validation: cases("held", validation) };
  try {
    refuseUnfitGuard(images, { alpha, field: "guard.alpha" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

it("says how many images are needed and what else would do", () => {
  expect(refusal(10, 2, 0.1)).toBe(
    "guard.alpha: found 0.1 with 2 validation images, expected at least 9 validation images, or no image could ever be " +
      "refused. Set guard.alpha to 0.3334 or more, set more cases aside (split.validation), or set split.validation to 0: " +
      "all 12 images are then trained on and draw the threshold, each left out.",
  );
  expect(refusal(5, 2, 0.1)).toMatch(/Set guard\.alpha to 0\.3334 or more, or give more cases\.$/);
  expect(refusal(8, 0, 0.1)).toMatch(
    /0\.1 with 8 training images, .* Set guard\.alpha to 0\.1112 or more, or give/,
  );
  expect(refusal(3, 9, 0.1)).toBeUndefined();
  expect(refusal(9, 0, 0.1)).toBeUndefined();
});

it("asks for more images where a confidence is asked for, before any training", () => {
  const images = { training: cases("train", 60), validation: cases("held", 19) };
  const refused = (confidence?: number) => () =>
    refuseUnfitGuard(images, { alpha: 0.1, confidence, field: "guard.alpha" });
  expect(refused()).not.toThrow();
  expect(refused(0.95)).toThrow(
    /guard\.alpha: found 0\.1 with a confidence of 0\.95 and 19 validation images, expected at least 29 .*Set guard\.alpha to 0\.1459 or more, set more cases aside/,
  );
  expect(refused(0.8)).not.toThrow();
});

it("counts patients, not images, for training", () => {
  const images = cases("train", 8).map((item, n) => ({ ...item, subject: `${n % 2}` }));
  const promise = { alpha: 0.5, field: "guard.alpha" };
  expect(() => refuseUnfitGuard({ training: images, validation: [] }, promise)).toThrow(/of 2 subjects/);
});

it("refuses exactly what the guard itself would refuse after the training", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 5, max: 60 }),
      (training, validation, percent) => {
        const random = new Random(training * 100 + validation);
        const evidence = (part: string, count: number) =>
          Array.from({ length: count }, (_, n) => anyEvidence(random, `${part}-${n}`));
        const alpha = percent / 100;
        const fitted = () =>
          fitGuard(evidence("train", training), {
            threshold: { rule: "conformal", alpha },
            heldOut: validation > 0 ? evidence("held", validation) : undefined,
          });
        if (refusal(training, validation, alpha) !== undefined) {
          expect(fitted).toThrow(/expected at least/);
          return;
        }
        const foreign = anyEvidence(random, "far", { shift: 60 });
        expect(checkGuard(fitted(), foreign).pValue).toBeLessThanOrEqual(alpha);
      },
    ),
  );
});
