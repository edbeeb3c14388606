import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadFixture } from "../../../test/oracle/load-fixture.js";
import { Random, UserError } from "../../base/index.js";
import { falseAlarmRateBelow } from "./false-alarms.js";
import {
  binomialUpperTail,
  falseAlarmInterval,
  falseAlarmsUpperTail,
  fewestCalibrationImages,
  fitThreshold,
  smallestAlpha,
  thresholdRank,
} from "./index.js";

interface Index {
  ranks: {
    k: number;
    n: number;
    intervals: { confidence: number; ends: [number, number] }[];
    below: { rate: number; probability: number }[];
    alarms: { images: number; count: number; tail: number }[];
  }[];
  binomial: { count: number; trials: number; rate: number; tail: number }[];
}

const { ranks, binomial } = loadFixture<Index>("false-alarms").index;

describe("SciPy", () => {
  it.each(ranks)("measure $k of $n", ({ k, n, intervals, below, alarms }) => {
    for (const { confidence, ends } of intervals) {
      const { low, high } = falseAlarmInterval({ k, n }, confidence);
      expect(low).toBeCloseTo(ends[0], 9);
      expect(high).toBeCloseTo(ends[1], 9);
    }
    for (const { rate, probability } of below) {
      expect(falseAlarmRateBelow({ k, n }, rate)).toBeCloseTo(probability, 9);
    }
    for (const { images, count, tail } of alarms) {
      expect(falseAlarmsUpperTail({ k, n }, images, count)).toBeCloseTo(tail, 9);
    }
  });

  it.each(binomial)("binomial: $count or more of $trials at $rate", ({ count, trials, rate, tail }) => {
    expect(binomialUpperTail(count, trials, rate)).toBeCloseTo(tail, 9);
  });
});

it("guards asked for with a confidence keep alpha that often, and the false alarms follow the law", () => {
  const random = new Random(6);
  const [images, alpha, confidence, further, fits] = [40, 0.2, 0.9, 25, 3000];
  const rank = { k: thresholdRank(images, { alpha, confidence }), n: images };
  let kept = 0;
  let atLeastThree = 0;
  for (let fit = 0; fit < fits; fit++) {
    const measures = Array.from({ length: images }, () => random.uniform());
    const threshold = fitThreshold(measures, { rule: "conformal", alpha, confidence });
    // Measures are uniform: the guard's rate is what lies above its threshold.
    if (1 - threshold <= alpha) kept++;
    let alarms = 0;
    for (let image = 0; image < further; image++) if (random.uniform() > threshold) alarms++;
    if (alarms >= 3) atLeastThree++;
  }
  expect(kept / fits).toBeGreaterThan(confidence - 0.02);
  expect(kept / fits).toBeCloseTo(falseAlarmRateBelow(rank, alpha), 1);
  expect(Math.abs(atLeastThree / fits - falseAlarmsUpperTail(rank, further, 3))).toBeLessThan(0.03);
});

it("the rank is the largest that keeps the promise, and the fewest images are those that have one", () => {
  const shares = fc.double({ min: 0.01, max: 0.99, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), shares, shares, (n, alpha, confidence) => {
      const k = thresholdRank(n, { alpha, confidence });
      if (k > 0) expect(falseAlarmRateBelow({ k, n }, alpha)).toBeGreaterThanOrEqual(confidence);
      if (k < n) expect(falseAlarmRateBelow({ k: k + 1, n }, alpha)).toBeLessThan(confidence);
      const fewest = fewestCalibrationImages({ alpha, confidence });
      expect(thresholdRank(fewest, { alpha, confidence })).toBeGreaterThan(0);
      if (fewest > 1) expect(thresholdRank(fewest - 1, { alpha, confidence })).toBe(0);
      const fitted = () => fitThreshold(new Array(n).fill(1), { rule: "conformal", alpha, confidence });
      if (k === 0) expect(fitted).toThrow(UserError);
      else expect(fitted()).toBe(1);
    }),
  );
});

it("says what would do where the images are too few for the confidence", () => {
  expect(fewestCalibrationImages({ alpha: 0.1, confidence: 0.95 })).toBe(29);
  const refused = (alpha: number) => () =>
    fitThreshold(new Array(19).fill(1), { rule: "conformal", alpha, confidence: 0.95 });
  expect(refused(0.1)).toThrow(
    /0.1 with a confidence of 0.95 and 19 calibration images.*alpha of 0.1459 or more, or at least 29 calibration images/,
  );
  expect(refused(0.1459)()).toBe(1);
  expect(smallestAlpha(19, 0.95)).toBeGreaterThan(0.1458);
});
