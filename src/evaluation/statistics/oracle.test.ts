import { describe, expect, test } from "vitest";
import { loadFixture } from "../../../test/oracle/load-fixture.js";
import { normalQuantileOfUpperTail, normalUpperTail, studentUpperTail } from "./distributions.js";
import {
  type Alternative,
  bootstrapInterval,
  holm,
  meanDifference,
  pairedTTest,
  wilcoxonSignedRank,
} from "./index.js";

interface Index {
  pairs: {
    name: string;
    a: number[];
    b: number[];
    wilcoxon: {
      alternative: Alternative;
      zeros: "wilcox" | "pratt";
      method: "auto" | "asymptotic";
      statistic: number;
      p: number;
    }[];
    t?: { alternative: Alternative; t: number; p: number }[];
    intervals?: { confidence: number; low: number; high: number }[];
  }[];
  families: { p: number[]; adjusted: number[] }[];
  tails: { normal: { z: number; tail: number }[]; student: { t: number; degrees: number; tail: number }[] };
  bootstraps: {
    name: string;
    values: number[];
    intervals: { statistic: "mean" | "median"; method: "percentile" | "bca"; low: number; high: number }[];
  }[];
}

const { pairs, families, tails, bootstraps } = loadFixture<Index>("statistics").index;

function expectRelative(found: number, expected: number, tolerance = 1e-9): void {
  expect(Math.abs(found - expected), `${found} for ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.abs(expected),
  );
}

const STATISTICS = {
  mean: (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length,
  median: (values: Float64Array) => {
    const sorted = values.toSorted();
    return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  },
};

describe("SciPy", () => {
  for (const { name, a, b, wilcoxon, t = [], intervals = [] } of pairs) {
    test(`paired tests: ${name}`, () => {
      for (const { alternative, zeros, method, statistic, p } of wilcoxon) {
        const found = wilcoxonSignedRank(a, b, {
          alternative,
          zeros,
          method: method === "asymptotic" ? "approximate" : "auto",
        });
        expect(found.statistic, `${alternative} ${zeros} ${method}`).toBeCloseTo(statistic, 9);
        expectRelative(found.pValue, p);
      }
      for (const expected of t) {
        const found = pairedTTest(a, b, expected.alternative);
        expectRelative(found.t, expected.t);
        expectRelative(found.pValue, expected.p);
      }
      for (const { confidence, low, high } of intervals) {
        const found = meanDifference(a, b, confidence);
        expect(found.low).toBeCloseTo(low, 9);
        expect(found.high).toBeCloseTo(high, 9);
      }
    });
  }

  test("tails of the normal and of Student's distribution", () => {
    for (const { z, tail } of tails.normal) expectRelative(normalUpperTail(z), tail, 1e-12);
    for (const { t, degrees, tail } of tails.student)
      expectRelative(studentUpperTail(t, degrees), tail, 1e-11);
    for (const { z, tail } of tails.normal) {
      // A tail next to 1 does not know its place any more.
      if (z > -3) expect(normalQuantileOfUpperTail(tail)).toBeCloseTo(z, 9);
    }
  });

  test("near the middle Student's distribution keeps its digits, where SciPy loses half of them", () => {
    expect(studentUpperTail(1e-8, 1)).toBeCloseTo(0.5 - Math.atan(1e-8) / Math.PI, 15);
  });

  for (const { name, values, intervals } of bootstraps) {
    test(`bootstrap intervals, within the noise of their draws: ${name}`, () => {
      for (const { statistic, method, low, high } of intervals) {
        const found = bootstrapInterval(values, {
          seed: 1,
          statistic: STATISTICS[statistic],
          method,
          resamples: 20_000,
        });
        expect(found.method).toBe(method);
        expect(Math.abs(found.low - low), `${statistic} ${method}`).toBeLessThan(0.05 * (high - low));
        expect(Math.abs(found.high - high), `${statistic} ${method}`).toBeLessThan(0.05 * (high - low));
      }
    });
  }
});

test("Holm's correction is the level at which each hypothesis falls", () => {
  for (const { p, adjusted } of families) {
    holm(p).forEach((value, index) => {
      expect(value).toBeCloseTo(adjusted[index]!, 12);
    });
  }
});
