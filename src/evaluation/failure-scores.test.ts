import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fixture, loadFixture } from "../../test/oracle/load-fixture.js";
import { areaUnder, excessArea, expectedPerformanceDrop, riskCoverageCurve } from "./failure-scores.js";

const fixture: Fixture<{ failure: { area: number; excess: number; drop: number } }> =
  loadFixture("opponents");
const tensor = (name: string): Float64Array => fixture.tensor(`failure/${name}`).data;
const [scores, qualities] = [tensor("scores"), tensor("qualities")];

describe("NumPy", () => {
  it("area under the risk-coverage curve and its excess", () => {
    expect(areaUnder(riskCoverageCurve(scores, qualities))).toBeCloseTo(fixture.index.failure.area, 12);
    expect(excessArea(scores, qualities)).toBeCloseTo(fixture.index.failure.excess, 12);
  });

  it("expected performance drop", () => {
    const foreign = { scores: tensor("foreign-scores"), qualities: tensor("foreign-qualities") };
    const drop = expectedPerformanceDrop({ scores, qualities }, foreign);
    expect(drop).toBeCloseTo(fixture.index.failure.drop, 12);
  });
});

const images = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 1, noNaN: true })),
  {
    minLength: 1,
    maxLength: 30,
  },
);

it("no order beats that of the qualities, and the order in which images are given does not matter", () => {
  fc.assert(
    fc.property(images, (given) => {
      const of = (list: typeof given) =>
        [list.map(([score]) => score), list.map(([, quality]) => quality)] as const;
      const excess = excessArea(...of(given));
      expect(excess).toBeGreaterThanOrEqual(0);
      expect(excessArea(...of([...given].reverse()))).toBeCloseTo(excess, 12);
      const [, own] = of(given);
      expect(
        excessArea(
          own.map((quality) => -quality),
          own,
        ),
      ).toBe(0);
    }),
  );
});

it("foreign images that are all refused, or segmented as usual, cost nothing", () => {
  const usual = { scores: [1, 2, 3], qualities: [0.8, 0.9, 0.7] };
  expect(expectedPerformanceDrop(usual, { scores: [4, 5], qualities: [0, 0] })).toBe(0);
  expect(expectedPerformanceDrop(usual, { scores: [1], qualities: [0.8] })).toBeCloseTo(0, 12);
  expect(expectedPerformanceDrop(usual, { scores: [1, 9], qualities: [0.2, 0] })).toBeCloseTo(0.3, 12);
  expect(expectedPerformanceDrop(usual, { scores: [], qualities: [] })).toBeNaN();
});
