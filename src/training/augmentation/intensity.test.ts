import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { Random } from "../../base/index.js";
import type { Shape } from "../../volume/index.js";
import { blur } from "./blur.js";
import { brightness } from "./brightness.js";
import { contrast } from "./contrast.js";
import { gamma } from "./gamma.js";
import { lowResolution } from "./low-resolution.js";
import { moments } from "./moments.js";
import { noise } from "./noise.js";
import { intensityTransforms } from "./registry.js";
import type { IntensityTransform } from "./transform.js";

const shape: Shape = [12, 10, 8];
const voxels = shape[0] * shape[1] * shape[2];
const image = (seed = 1): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: voxels }, () => random.normal());
};
const ramp = (axis: number): Float32Array =>
  Float32Array.from({ length: voxels }, (_, voxel) =>
    axis === 0 ? voxel % 12 : axis === 1 ? Math.floor(voxel / 12) % 10 : Math.floor(voxel / 120),
  );

function applied<P>(transform: IntensityTransform<z.ZodType, P>, given: Float32Array, parameters: P) {
  const copy = given.slice();
  transform.apply(copy, parameters, shape);
  return copy;
}

describe.each(Object.entries(intensityTransforms))("%s", (_, one) => {
  const transform = one as IntensityTransform<z.ZodType, unknown>;
  const settings = (probability: number) => transform.schema.parse({ probability });

  test("draws from its stream alone, and spares what its probability spares", () => {
    expect(transform.draw(settings(0), new Random(4))).toBeUndefined();
    const drawn = transform.draw(settings(1), new Random(4));
    expect(drawn).toBeDefined();
    expect(transform.draw(settings(1), new Random(4))).toEqual(drawn);
    expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
  });

  test("applies the same parameters to the same effect, and gives finite voxels", () => {
    const drawn = transform.draw(settings(1), new Random(4));
    const result = applied(transform, image(), drawn);
    expect(result).not.toEqual(image());
    expect(result.every(Number.isFinite)).toBe(true);
    expect(applied(transform, image(), drawn)).toEqual(result);
  });

  test("leaves a constant patch finite", () => {
    const drawn = transform.draw(settings(1), new Random(4));
    expect(applied(transform, new Float32Array(voxels), drawn).every(Number.isFinite)).toBe(true);
  });
});

test("parameters that change nothing change nothing", () => {
  expect(applied(gamma, image(), { exponent: 1, inverted: false })).toEqual(image());
  expect(applied(contrast, image(), { factor: 1 })).toEqual(image());
  expect(applied(brightness, image(), { offset: 0 })).toEqual(image());
  expect(applied(blur, image(), { sigma: 0 })).toEqual(image());
  expect(applied(lowResolution, image(), { factor: 1, axes: [0, 1, 2] })).toEqual(image());
  expect(applied(noise, image(), { deviation: 0, seed: 1 })).toEqual(image());
});

test.each([
  [0.6, false],
  [1.8, false],
  [1.8, true],
])(
  "gamma %d (inverted: %s) keeps order, mean and deviation, and bends as its formula says",
  (exponent, inverted) => {
    const before = image();
    const after = applied(gamma, before, { exponent, inverted });
    expect(moments(after).mean).toBeCloseTo(moments(before).mean, 5);
    expect(moments(after).deviation).toBeCloseTo(moments(before).deviation, 5);
    const { low, high } = moments(before);
    const bent = before.map((value) => {
      const x = (value - low) / (high - low);
      return inverted ? 1 - (1 - x) ** exponent : x ** exponent;
    });
    const { mean, deviation } = moments(bent);
    const own = moments(after);
    bent.forEach((value, voxel) => {
      expect(Math.abs((value - mean) / deviation - (after[voxel]! - own.mean) / own.deviation)).toBeLessThan(
        2e-3,
      );
    });
  },
);

test("contrast stretches about the mean within the old range", () => {
  const before = image();
  const { low, high, mean } = moments(before);
  const after = applied(contrast, before, { factor: 2 });
  expect(moments(after).low).toBeGreaterThanOrEqual(low);
  expect(moments(after).high).toBeLessThanOrEqual(high);
  const middle = before.findIndex((value) => Math.abs(value - mean) < 0.5);
  expect(after[middle]! - mean).toBeCloseTo(2 * (before[middle]! - mean), 5);
});

test("brightness adds its offset", () => {
  expect(moments(applied(brightness, image(), { offset: 0.25 })).mean).toBeCloseTo(
    moments(image()).mean + 0.25,
    5,
  );
});

test("noise has the deviation it says", () => {
  const { mean, deviation } = moments(applied(noise, new Float32Array(voxels), { deviation: 0.2, seed: 8 }));
  expect(Math.abs(mean)).toBeLessThan(0.02);
  expect(deviation).toBeGreaterThan(0.18);
  expect(deviation).toBeLessThan(0.22);
});

test("blur agrees with SciPy's Gaussian filter", () => {
  const path = new URL("../../../test/oracle/fixtures/augmentation.json", import.meta.url);
  const fixture = JSON.parse(readFileSync(path, "utf8"));
  const blurred = Float32Array.from(fixture.image);
  blur.apply(blurred, { sigma: fixture.sigma }, fixture.shape);
  fixture.blurred.forEach((value: number, voxel: number) => {
    expect(Math.abs(blurred[voxel]! - value)).toBeLessThan(2e-6);
  });
});

describe("low resolution", () => {
  test("keeps a ramp, away from the border, and a constant everywhere", () => {
    for (const axis of [0, 1, 2] as const) {
      const after = applied(lowResolution, ramp(axis), { factor: 2, axes: [axis] });
      ramp(axis).forEach((value, voxel) => {
        if (value >= 1 && value <= shape[axis] - 2) expect(after[voxel]).toBeCloseTo(value, 4);
      });
      const constant = applied(lowResolution, new Float32Array(voxels).fill(3), {
        factor: 1.7,
        axes: [axis],
      });
      for (const value of constant) expect(value).toBeCloseTo(3, 5);
    }
  });

  test("forgets detail along its axis only", () => {
    const stripes = ramp(2).map((k) => (k % 2 ? 1 : -1));
    for (const value of applied(lowResolution, stripes, { factor: 2, axes: [2] }))
      expect(value).toBeCloseTo(0, 6);
    const across = applied(lowResolution, stripes, { factor: 2, axes: [0, 1] });
    across.forEach((value, voxel) => {
      expect(value).toBeCloseTo(stripes[voxel]!, 5);
    });
  });

  test("a factor longer than the patch leaves its mean", () => {
    const mean = moments(ramp(2)).mean;
    for (const value of applied(lowResolution, ramp(2), { factor: 16, axes: [2] }))
      expect(value).toBeCloseTo(mean, 5);
  });
});
