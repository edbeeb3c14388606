import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { aupr, auroc, fprAt95Tpr, fprAtTpr, scoresAtThreshold } from "./scores.js";

interface Detection {
  name: string;
  inside: number[];
  foreign: number[];
  auroc: number;
  aupr: number;
  fprAt95Tpr: number;
  threshold: number;
  accuracy: number;
  sensitivity: number;
  specificity: number;
}

describe("scikit-learn", () => {
  for (const { name, inside, foreign, ...expected } of loadFixture<{ detections: Detection[] }>("statistics")
    .index.detections) {
    test(`detection scores: ${name}`, () => {
      expect(auroc(inside, foreign)).toBeCloseTo(expected.auroc, 12);
      expect(aupr(inside, foreign)).toBeCloseTo(expected.aupr, 12);
      expect(fprAt95Tpr(inside, foreign)).toBeCloseTo(expected.fprAt95Tpr, 12);
      const found = scoresAtThreshold(inside, foreign, expected.threshold);
      expect(found.accuracy).toBeCloseTo(expected.accuracy, 12);
      expect(found.sensitivity).toBeCloseTo(expected.sensitivity, 12);
      expect(found.specificity).toBeCloseTo(expected.specificity, 12);
    });
  }
});

const scores = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 30 });

describe("invariants", () => {
  test("AUROC is the share of pairs in the right order, and complements when the sets change places", () => {
    fc.assert(
      fc.property(scores, scores, (inside, foreign) => {
        const pairs = inside.flatMap((a) => foreign.map((b) => (b > a ? 1 : b === a ? 0.5 : 0) as number));
        const share = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
        expect(auroc(inside, foreign)).toBeCloseTo(share, 12);
        expect(auroc(inside, foreign) + auroc(foreign, inside)).toBeCloseTo(1, 12);
      }),
    );
  });

  test("only the order of scores matters", () => {
    fc.assert(
      fc.property(scores, scores, (inside, foreign) => {
        const [a, b] = [inside, foreign].map((set) => set.map((score) => Math.exp(score / 2)));
        for (const figure of [auroc, aupr, fprAt95Tpr]) {
          expect(figure(a!, b!)).toBe(figure(inside, foreign));
          expect(figure(inside, foreign)).toBeGreaterThanOrEqual(0);
          expect(figure(inside, foreign)).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  test("catching more costs no fewer false alarms", () => {
    fc.assert(
      fc.property(scores, scores, (inside, foreign) => {
        expect(fprAtTpr(inside, foreign, 0.5)).toBeLessThanOrEqual(fprAtTpr(inside, foreign, 0.95));
      }),
    );
  });
});

test("a score at the threshold is not foreign", () => {
  expect(scoresAtThreshold([1, 2, 3], [3, 4], 3)).toEqual({
    accuracy: 4 / 5,
    sensitivity: 1 / 2,
    specificity: 1,
  });
});

test("an infinite score is a score, NaN is none, and nothing comes of an empty set", () => {
  expect(auroc([0, 1], [Infinity])).toBe(1);
  expect(() => auroc([0], [Number.NaN])).toThrow("NaN");
  for (const figure of [auroc, aupr, fprAt95Tpr]) {
    expect(figure([], [1])).toBeNaN();
    expect(figure([1], [])).toBeNaN();
  }
  expect(scoresAtThreshold([1], [], 0)).toEqual({ accuracy: 0, sensitivity: NaN, specificity: 0 });
  expect(() => fprAtTpr([1], [2], 0)).toThrow(RangeError);
});
