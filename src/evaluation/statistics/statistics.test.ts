import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.js";
import {
  bootstrapInterval,
  completePairs,
  holm,
  meanDifference,
  pairedTTest,
  wilcoxonSignedRank,
} from "./index.js";

const smallPairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
  minLength: 1,
  maxLength: 11,
});

describe("signed-rank test", () => {
  test("with ties and zeros, exact is what all signs of the differences give", () => {
    fc.assert(
      fc.property(smallPairs, (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const sizes = pairs.map(([first, second]) => Math.abs(first - second)).filter((size) => size > 0);
        const rank = (size: number) =>
          sizes.filter((other) => other < size).length +
          (sizes.filter((other) => other === size).length + 1) / 2;
        const observed = pairs.reduce(
          (sum, [first, second]) => sum + (first > second ? rank(first - second) : 0),
          0,
        );
        let atLeast = 0;
        for (let signs = 0; signs < 2 ** sizes.length; signs++) {
          const sum = sizes.reduce((total, size, at) => total + ((signs >> at) & 1 ? rank(size) : 0), 0);
          if (sum >= observed) atLeast++;
        }
        const found = wilcoxonSignedRank(a, b, { alternative: "greater", method: "exact" });
        expect(found.statistic).toBe(observed);
        expect(found.pValue).toBeCloseTo(atLeast / 2 ** sizes.length, 12);
        expect(found.pairs).toBe(sizes.length);
      }),
    );
  });

  test("turning the samples round turns the alternatives round", () => {
    fc.assert(
      fc.property(smallPairs, fc.constantFrom("exact", "approximate"), (pairs, method) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const p = (x: number[], y: number[], alternative: "two-sided" | "less" | "greater") =>
          wilcoxonSignedRank(x, y, { alternative, method }).pValue;
        expect(p(a, b, "two-sided")).toBeCloseTo(p(b, a, "two-sided"), 12);
        expect(p(a, b, "less")).toBeCloseTo(p(b, a, "greater"), 12);
        for (const alternative of ["two-sided", "less", "greater"] as const) {
          expect(p(a, b, alternative)).toBeGreaterThan(0);
          expect(p(a, b, alternative)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test("for many pairs the approximation comes close to the exact test", () => {
    const random = new Random(3);
    const a = Array.from({ length: 200 }, () => random.normal());
    const b = a.map((value) => value + 0.15 + random.normal());
    const exact = wilcoxonSignedRank(a, b, { method: "exact" });
    const approximate = wilcoxonSignedRank(a, b);
    expect(approximate.method).toBe("approximate");
    expect(exact.method).toBe("exact");
    expect(Math.abs(exact.pValue - approximate.pValue)).toBeLessThan(0.001);
  });

  test("no pair that differs speaks for a difference", () => {
    for (const method of ["exact", "approximate", "auto"] as const) {
      expect(wilcoxonSignedRank([1, 2], [1, 2], { method })).toMatchObject({
        statistic: 0,
        pValue: 1,
        pairs: 0,
      });
    }
  });
});

describe("paired t test", () => {
  test("of equal samples, and of samples a constant apart", () => {
    expect(pairedTTest([1, 2, 3], [1, 2, 3])).toEqual({ t: 0, degreesOfFreedom: 2, pValue: 1 });
    expect(pairedTTest([2, 3, 4], [1, 2, 3])).toEqual({ t: Infinity, degreesOfFreedom: 2, pValue: 0 });
    expect(pairedTTest([2, 3, 4], [1, 2, 3], "less").pValue).toBe(1);
  });

  test("rejects exactly when 0 lies outside the interval of the mean difference", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: -1, max: 1, noNaN: true }), (seed, shift) => {
        const random = new Random(seed);
        const a = Array.from({ length: 12 }, () => random.normal());
        const b = a.map((value) => value + shift + random.normal());
        const { low, high, mean } = meanDifference(a, b);
        expect(pairedTTest(a, b).pValue < 0.05).toBe(low > 0 || high < 0);
        expect((low + high) / 2).toBeCloseTo(mean, 9);
      }),
    );
  });

  test("one pair has a mean, and no spread", () => {
    expect(meanDifference([3], [1])).toEqual({
      mean: 2,
      standardDeviation: NaN,
      low: NaN,
      high: NaN,
      pairs: 1,
    });
  });
});

describe("Holm's correction", () => {
  const families = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

  test("keeps the order, never lowers a p-value, and never exceeds Bonferroni's", () => {
    fc.assert(
      fc.property(families, (p) => {
        const adjusted = holm(p);
        p.forEach((value, i) => {
          expect(adjusted[i]).toBeGreaterThanOrEqual(value);
          expect(adjusted[i]).toBeLessThanOrEqual(Math.min(1, value * p.length) + 1e-15);
          p.forEach((other, j) => {
            if (value < other) expect(adjusted[i]).toBeLessThanOrEqual(adjusted[j]!);
            if (value === other) expect(adjusted[i]).toBe(adjusted[j]);
          });
        });
      }),
    );
  });

  test("a test that could not be done is left out of the family", () => {
    expect(holm([0.01, Number.NaN, 0.04])).toEqual([0.02, Number.NaN, 0.04]);
    expect(holm([])).toEqual([]);
    expect(() => holm([1.2])).toThrow(RangeError);
  });
});

describe("bootstrap", () => {
  const random = new Random(11);
  const values = Array.from({ length: 30 }, () => random.normal());

  test("the same seed gives the same interval, another seed another", () => {
    const options = { seed: 5, resamples: 500 };
    expect(bootstrapInterval(values, options)).toEqual(bootstrapInterval(values, options));
    expect(bootstrapInterval(values, { ...options, seed: 6 }).low).not.toBe(
      bootstrapInterval(values, options).low,
    );
  });

  test("more confidence takes a wider interval, around the estimate", () => {
    for (const method of ["percentile", "bca"] as const) {
      const options = { seed: 5, resamples: 2000, method };
      const [narrow, wide] = [0.8, 0.99].map((confidence) =>
        bootstrapInterval(values, { ...options, confidence }),
      );
      expect(wide!.low).toBeLessThan(narrow!.low);
      expect(narrow!.low).toBeLessThan(narrow!.estimate);
      expect(narrow!.estimate).toBeLessThan(narrow!.high);
      expect(narrow!.high).toBeLessThan(wide!.high);
    }
  });

  test("holds the true mean about as often as it promises", () => {
    let held = 0;
    for (let trial = 0; trial < 300; trial++) {
      const sample = Array.from({ length: 40 }, () => random.normal() ** 2);
      const { low, high } = bootstrapInterval(sample, { seed: trial, resamples: 400, confidence: 0.9 });
      if (low <= 1 && high >= 1) held++;
    }
    expect(held / 300).toBeGreaterThan(0.82);
    expect(held / 300).toBeLessThan(0.96);
  });

  test("values that are all the same, or one alone, leave no room", () => {
    const expected = { estimate: 2, low: 2, high: 2, method: "percentile" };
    expect(bootstrapInterval([2, 2, 2], { seed: 1, resamples: 50 })).toEqual(expected);
    const none = { ...expected, low: Number.NaN, high: Number.NaN };
    expect(bootstrapInterval([2], { seed: 1, resamples: 50 })).toEqual(none);
  });

  test("refuses what it cannot draw from", () => {
    expect(() => bootstrapInterval([], { seed: 1 })).toThrow("at least one");
    expect(() => bootstrapInterval([1, Number.NaN], { seed: 1 })).toThrow("finite");
    expect(() => bootstrapInterval([1], { seed: 1, confidence: 95 })).toThrow(RangeError);
    expect(() => bootstrapInterval([1], { seed: 1, resamples: 0 })).toThrow(RangeError);
  });
});

test("pairs without a value are left out, and counted; a test that meets one refuses", () => {
  const [a, b] = [
    [1, Number.NaN, 3, 4],
    [2, 2, Number.NaN, 1],
  ] as const;
  expect(completePairs(a, b)).toEqual({ a: [1, 4], b: [2, 1], dropped: 2 });
  for (const compare of [wilcoxonSignedRank, pairedTTest, meanDifference]) {
    expect(() => compare(a, b)).toThrow("pair 1");
    expect(() => compare([1, 2], [1])).toThrow(RangeError);
    expect(() => compare([], [])).toThrow(RangeError);
  }
});
