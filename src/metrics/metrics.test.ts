import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Shape, Vector } from "../volume/index.js";
import {
  dice,
  evaluateMask,
  organMask,
  summary,
  surfaceDistances,
  surfaceVoxels,
  volumesMl,
} from "./index.js";

const spacings = fc.tuple(
  fc.double({ min: 0.2, max: 5, noNaN: true }),
  fc.double({ min: 0.2, max: 5, noNaN: true }),
  fc.double({ min: 0.2, max: 5, noNaN: true }),
);
const side = fc.integer({ min: 1, max: 7 });

/** Some masks, none empty, on one grid. */
const maskSets = (count: number) =>
  fc.tuple(side, side, side).chain((shape) => {
    const length = shape[0] * shape[1] * shape[2];
    const mask = fc
      .uint8Array({ minLength: length, maxLength: length, max: 2 })
      .map((values) => values.map((value) => (value === 0 ? 1 : 0)))
      .filter((values) => values.includes(1));
    return fc.record({
      shape: fc.constant<Shape>(shape),
      spacing: spacings,
      masks: fc.array(mask, { minLength: count, maxLength: count }) as fc.Arbitrary<Uint8Array[]>,
    });
  });

/** The mask mirrored along one axis. */
function flipped(mask: Uint8Array, shape: Shape, axis: number): Uint8Array {
  const [ni, nj] = shape;
  return mask.map((_, at) => {
    const place = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    place[axis] = shape[axis]! - 1 - place[axis]!;
    return mask[place[0]! + ni * (place[1]! + nj * place[2]!)]!;
  });
}

function expectSame(a: object, b: object): void {
  for (const [name, value] of Object.entries(a)) {
    expect((b as Record<string, number>)[name], name).toBeCloseTo(value, 9);
  }
}

describe("invariants", () => {
  test("prediction and reference may change places", () => {
    fc.assert(
      fc.property(maskSets(2), ({ masks: [a, b], shape, spacing }) => {
        expect(dice(a!, b!)).toBe(dice(b!, a!));
        expectSame(surfaceDistances(a!, b!, shape, spacing), surfaceDistances(b!, a!, shape, spacing));
      }),
    );
  });

  test("mirroring both changes nothing", () => {
    fc.assert(
      fc.property(maskSets(2), fc.nat(2), ({ masks: [a, b], shape, spacing }, axis) => {
        const mirrored = [a!, b!].map((mask) => flipped(mask, shape, axis)) as [Uint8Array, Uint8Array];
        expect(dice(...mirrored)).toBe(dice(a!, b!));
        expectSame(surfaceDistances(...mirrored, shape, spacing), surfaceDistances(a!, b!, shape, spacing));
      }),
    );
  });

  test("Dice is 1 for equal masks and for no others", () => {
    fc.assert(
      fc.property(maskSets(2), ({ masks: [a, b] }) => {
        expect(dice(a!, a!)).toBe(1);
        expect(dice(a!, b!) === 1).toBe(a!.every((value, at) => value === b![at]));
        expect(dice(a!, b!)).toBeGreaterThanOrEqual(0);
        expect(dice(a!, b!)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("distances grow with the spacing, and are 0 for equal masks", () => {
    fc.assert(
      fc.property(maskSets(2), fc.double({ min: 0.1, max: 9, noNaN: true }), (set, factor) => {
        const [a, b] = set.masks as [Uint8Array, Uint8Array];
        const scaled = set.spacing.map((length) => length * factor) as unknown as Vector;
        const once = surfaceDistances(a, b, set.shape, set.spacing);
        const larger = surfaceDistances(a, b, set.shape, scaled);
        expectSame(larger, {
          hd95: once.hd95 * factor,
          assd: once.assd * factor,
          hausdorff: once.hausdorff * factor,
        });
        expect(surfaceDistances(a, a, set.shape, set.spacing)).toEqual({ hd95: 0, assd: 0, hausdorff: 0 });
      }),
    );
  });

  test("no average or percentile exceeds the Hausdorff distance, which obeys the triangle inequality", () => {
    fc.assert(
      fc.property(maskSets(3), ({ masks, shape, spacing }) => {
        const [a, b, c] = masks as [Uint8Array, Uint8Array, Uint8Array];
        const ab = surfaceDistances(a, b, shape, spacing);
        expect(ab.hd95).toBeLessThanOrEqual(ab.hausdorff + 1e-9);
        expect(ab.assd).toBeLessThanOrEqual(ab.hausdorff + 1e-9);
        const bc = surfaceDistances(b, c, shape, spacing);
        const ac = surfaceDistances(a, c, shape, spacing);
        expect(ac.hausdorff).toBeLessThanOrEqual(ab.hausdorff + bc.hausdorff + 1e-9);
      }),
    );
  });
});

describe("by hand", () => {
  test("two cubes one voxel apart along a thick axis", () => {
    const shape: Shape = [5, 5, 5];
    const cube = (low: number) => {
      const mask = new Uint8Array(125);
      for (let k = low; k < low + 3; k++) {
        for (let j = 1; j < 4; j++) for (let i = 1; i < 4; i++) mask[i + 5 * (j + 5 * k)] = 1;
      }
      return mask;
    };
    const [a, b] = [cube(0), cube(1)];
    expect(dice(a, b)).toBeCloseTo(36 / 54, 12);
    const found = surfaceDistances(a, b, shape, [1, 1, 2.5]);
    // Of 26 surface voxels, eight corners and edges of the far face have none nearer than one slice; its middle too, and the
    // middle of the other cube's near face is 1 mm from the rim, inside this one.
    expect(found.hausdorff).toBe(2.5);
    expect(found.hd95).toBe(2.5);
    expect(found.assd).toBeCloseTo((9 * 2.5 + 1) / 26, 12);
    expect(volumesMl(a, b, [1, 1, 2.5])).toEqual({ prediction: 0.0675, reference: 0.0675, difference: 0 });
  });

  test("the surface of a cube is all but its middle; an image's border cuts a surface", () => {
    expect(surfaceVoxels(new Uint8Array(27).fill(1), [3, 3, 3]).reduce((sum, value) => sum + value, 0)).toBe(
      26,
    );
    expect([...surfaceVoxels(new Uint8Array(5).fill(1), [5, 1, 1])]).toEqual([1, 1, 1, 1, 1]);
  });

  test("any non-zero value is inside, and counts once", () => {
    const a = Uint8Array.of(0, 255, 7, 0);
    const b = Uint8Array.of(0, 1, 2, 3);
    expect(dice(a, b)).toBeCloseTo(4 / 5, 12);
    expect(surfaceDistances(a, b, [4, 1, 1], [2, 1, 1]).hausdorff).toBe(2);
  });

  test("one organ of a label array", () => {
    expect([...organMask(Int16Array.of(0, 2, 1, 2, -1), 2)]).toEqual([0, 1, 0, 1, 0]);
  });
});

describe("empty masks", () => {
  const shape: Shape = [3, 2, 1];
  const none = new Uint8Array(6);
  const some = Uint8Array.of(0, 1, 0, 0, 0, 0);

  test("both empty: they agree", () => {
    expect(evaluateMask(none, none, shape, [1, 1, 1])).toMatchObject({
      dice: 1,
      hd95: 0,
      assd: 0,
      hausdorff: 0,
      empty: "both",
    });
  });

  test("one empty: no overlap, and no distance", () => {
    for (const [prediction, reference, empty] of [
      [none, some, "prediction"],
      [some, none, "reference"],
    ] as const) {
      const found = evaluateMask(prediction, reference, shape, [1, 1, 1]);
      expect(found).toMatchObject({ dice: 0, hd95: NaN, assd: NaN, hausdorff: NaN, empty });
    }
  });

  test("a summary counts what is not defined, and leaves it out", () => {
    expect(summary([3, Number.NaN, 1, 2, 6])).toEqual({
      count: 4,
      missing: 1,
      mean: 3,
      standardDeviation: Math.sqrt(14 / 3),
      median: 2.5,
      minimum: 1,
      maximum: 6,
    });
    expect(summary([Number.NaN])).toMatchObject({
      count: 0,
      missing: 1,
      mean: NaN,
      median: NaN,
      minimum: NaN,
    });
    expect(summary([4])).toMatchObject({ count: 1, mean: 4, standardDeviation: NaN, median: 4 });
  });
});

test("masks of different sizes are refused", () => {
  expect(() => dice(new Uint8Array(3), new Uint8Array(4))).toThrow("3 voxels");
  expect(() => surfaceDistances(new Uint8Array(4), new Uint8Array(4), [1, 2, 3], [1, 1, 1])).toThrow(
    RangeError,
  );
});

test("two balls in a 128³ volume take a fraction of a second", () => {
  const side = 128;
  const ball = (centre: number, radius: number) =>
    new Uint8Array(side ** 3).map((_, at) => {
      const [i, j, k] = [at % side, Math.floor(at / side) % side, Math.floor(at / side ** 2)];
      return Math.hypot(i - centre, j - centre, k - centre) <= radius ? 1 : 0;
    });
  const [a, b] = [ball(63.5, 60), ball(61, 55)];
  surfaceDistances(a, b, [side, side, side], [1, 1, 2]);
  const start = performance.now();
  surfaceDistances(a, b, [side, side, side], [1, 1, 2]);
  // A quarter of a second on a quiet machine, with room for a busy one.
  expect(performance.now() - start).toBeLessThan(1500);
});
