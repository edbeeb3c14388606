import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Shape, Vector } from "../volume/index.js";
import { distanceTransform, squaredDistancesOf } from "./distance-transform.js";

/** Distances by looking at every pair of voxels. */
function byPairs(mask: Uint8Array, shape: Shape, spacing: Vector): number[] {
  const place = (at: number) => [
    (at % shape[0]) * spacing[0],
    (Math.floor(at / shape[0]) % shape[1]) * spacing[1],
    Math.floor(at / (shape[0] * shape[1])) * spacing[2],
  ];
  const inside = [...mask.keys()].filter((at) => mask[at]).map(place);
  return Array.from(mask, (_, at) => {
    const [x, y, z] = place(at) as [number, number, number];
    return inside.reduce(
      (least, p) => Math.min(least, Math.hypot(x - p[0]!, y - p[1]!, z - p[2]!)),
      Infinity,
    );
  });
}

const side = fc.integer({ min: 1, max: 9 });
const spacingOfAxis = fc.double({ min: 0.1, max: 8, noNaN: true });
const masks = fc.tuple(side, side, side).chain((shape) => {
  const length = shape[0] * shape[1] * shape[2];
  const density = fc.integer({ min: 1, max: 40 });
  const mask = density.chain((one) =>
    fc
      .array(fc.integer({ min: 0, max: one }), { minLength: length, maxLength: length })
      .map((values) => Uint8Array.from(values, (value) => (value === 0 ? 1 : 0))),
  );
  return fc.record({
    shape: fc.constant<Shape>(shape),
    spacing: fc.tuple(spacingOfAxis, spacingOfAxis, spacingOfAxis),
    mask,
    queries: mask,
  });
});

describe("distance transform", () => {
  test("agrees with all pairs of voxels, whatever the shape and the spacing", () => {
    fc.assert(
      fc.property(masks, ({ mask, shape, spacing }) => {
        const found = distanceTransform(mask, shape, spacing);
        const expected = byPairs(mask, shape, spacing);
        expected.forEach((distance, at) => {
          if (distance === Infinity) expect(found[at]).toBe(Infinity);
          else expect(found[at]).toBeCloseTo(distance, 9);
        });
      }),
      { numRuns: 150 },
    );
  });

  test("gives the same distances when only some voxels are asked for", () => {
    fc.assert(
      fc.property(masks, ({ mask, queries, shape, spacing }) => {
        const all = distanceTransform(mask, shape, spacing);
        const some = squaredDistancesOf(queries, mask, shape, spacing);
        const expected = all.filter((_, at) => queries[at]);
        expect(some.length).toBe(expected.length);
        // Two mask voxels that are equally far but for rounding may stand in for each other.
        some.forEach((squared, index) => {
          if (squared === Infinity) expect(expected[index]).toBe(Infinity);
          else expect(Math.sqrt(squared)).toBeCloseTo(expected[index]!, 12);
        });
      }),
      { numRuns: 150 },
    );
  });

  test("is Infinity everywhere around an empty mask", () => {
    expect([...distanceTransform(new Uint8Array(8), [2, 2, 2], [1, 1, 1])]).toEqual(Array(8).fill(Infinity));
  });

  test("refuses a shape or a spacing that does not fit", () => {
    expect(() => distanceTransform(new Uint8Array(7), [2, 2, 2], [1, 1, 1])).toThrow(RangeError);
    expect(() => distanceTransform(new Uint8Array(8), [2, 2, 2], [1, 0, 1])).toThrow(RangeError);
    expect(() => distanceTransform(new Uint8Array(8), [2, 2, 2], [1, Number.NaN, 1])).toThrow(RangeError);
  });
});
