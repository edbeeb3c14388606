import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planeOver, scaleOver, stackedHeights } from "./scale.js";

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });

it("puts all values onto the line, in their order", () => {
  fc.assert(
    fc.property(numbers, (values) => {
      const scale = scaleOver(values, [0, 100]);
      const places = [...values].sort((a, b) => a - b).map(scale);
      expect(places.every((place) => place >= 0 && place <= 100)).toBe(true);
      expect(places.every((place, at) => at === 0 || place >= places[at - 1]!)).toBe(true);
    }),
  );
});

describe("a plane", () => {
  // Whole numbers, so that rounding is small beside every distance.
  const place = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 }));

  it("keeps distances, and everything on the picture", () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 20 }), (places) => {
        const { across, up, height } = planeOver(places, 360);
        for (const [x, y] of places) {
          expect(across(x)).toBeGreaterThanOrEqual(-1e-6);
          expect(across(x)).toBeLessThanOrEqual(360 + 1e-6);
          expect(up(y)).toBeGreaterThanOrEqual(-1e-6);
          expect(up(y)).toBeLessThanOrEqual(height + 1e-6);
        }
        expect(across(1) - across(0)).toBeCloseTo(up(0) - up(1), 6);
      }),
    );
  });
});

it("stacks dots that would lie on one another", () => {
  expect(stackedHeights([0, 1, 2, 10, 11], 5, 8)).toEqual([0, 1, 2, 0, 1]);
  expect(Math.max(...stackedHeights(new Array(50).fill(0), 5, 4))).toBe(3);
});
