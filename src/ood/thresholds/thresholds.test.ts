import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../base/index.js";
import {
  conformalPValue,
  fewestCalibrationImages,
  fitThreshold,
  roundedUp,
  smallestAlpha,
  thresholdSchema,
} from "./index.js";

describe("conformal", () => {
  it("is above its threshold exactly where the p-value is at most alpha", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: -1, max: 13 }),
        fc.integer({ min: 1, max: 99 }),
        (measures, measure, percent) => {
          const alpha = percent / 100;
          const smallest = 1 / (measures.length + 1);
          if (alpha < smallest) {
            expect(() => fitThreshold(measures, { rule: "conformal", alpha })).toThrow(UserError);
          } else {
            const threshold = fitThreshold(measures, { rule: "conformal", alpha });
            expect(measure > threshold).toBe(conformalPValue(measures, measure) <= alpha);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("can be fitted on the fewest images that it asks for, and on none fewer", () => {
    const fits = (images: number, alpha: number): boolean => {
      try {
        fitThreshold(new Array(images).fill(0), { rule: "conformal", alpha });
        return true;
      } catch {
        return false;
      }
    };
    expect([0.5, 0.4, 0.1, 0.05, 1 / 3, 0.999].map((alpha) => fewestCalibrationImages({ alpha }))).toEqual([
      1, 2, 9, 19, 2, 1,
    ]);
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 0.9999, noNaN: true }), (alpha) => {
        const fewest = fewestCalibrationImages({ alpha });
        expect(fits(fewest, alpha)).toBe(true);
        expect(fits(fewest - 1, alpha)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (images) => {
        expect(fewestCalibrationImages({ alpha: smallestAlpha(images) })).toBe(images);
        expect(fits(images, roundedUp(smallestAlpha(images)))).toBe(true);
      }),
    );
  });

  it("counts the measures that are at least as large", () => {
    expect(conformalPValue([1, 2, 2, 3], 2)).toBe(4 / 5);
    expect(conformalPValue([1, 2, 2, 3], 9)).toBe(1 / 5);
    expect(conformalPValue([1, 2, 2, 3], 0)).toBe(1);
  });

  it("says which alpha, or how many images, would do", () => {
    expect(() => fitThreshold(Array(18).fill(1), { rule: "conformal", alpha: 0.05 })).toThrow(
      /found 0.05 with 18 calibration images.*alpha of 0.0527 or more, or at least 19 calibration images/,
    );
    expect(fitThreshold(Array(19).fill(1), { rule: "conformal", alpha: 0.05 })).toBe(1);
    expect(fitThreshold(Array(18).fill(1), { rule: "conformal", alpha: 0.0527 })).toBe(1);
  });
});

describe("the other rules", () => {
  it("mean and standard deviations", () => {
    expect(fitThreshold([1, 2, 3], { rule: "mean-std", k: 2 })).toBe(4);
    expect(() => fitThreshold([1], { rule: "mean-std", k: 2 })).toThrow(UserError);
  });

  it("largest measure", () => {
    expect(fitThreshold([1, 5, 3], { rule: "max" })).toBe(5);
  });

  it("refuse no measures and measures that are not finite", () => {
    expect(() => fitThreshold([], { rule: "max" })).toThrow(UserError);
    expect(() => fitThreshold([1, Number.NaN], { rule: "max" })).toThrow(UserError);
  });

  it.each([
    { rule: "conformal", alpha: 0 },
    { rule: "conformal" },
    { rule: "max", k: 1 },
    { rule: "median" },
  ])("the schema refuses %o", (choice) => {
    expect(thresholdSchema.safeParse(choice).success).toBe(false);
  });
});
