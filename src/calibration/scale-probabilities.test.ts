import fc from "fast-check";
import { expect, it } from "vitest";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { logitsOf, scaleProbabilities } from "./index.js";

const volume = (values: readonly number[], channels = 1): Volume<Float32Array> => ({
  shape: [values.length / channels, 1, 1],
  affine: affineFromSpacing([1, 1, 1]),
  channels,
  data: Float32Array.from(values),
});
const probability = fc.float({ min: 0, max: 1, noNaN: true });
const temperature = fc.double({ min: 0.1, max: 15, noNaN: true });

it("is the sigmoid of the scaled logit, and never moves a voxel across one half", () => {
  fc.assert(
    fc.property(fc.array(probability, { minLength: 1 }), temperature, (values, t) => {
      const given = volume(values);
      const { data } = scaleProbabilities(given, "sigmoid", t);
      const logits = logitsOf(given.data);
      data.forEach((scaled, at) => {
        expect(scaled).toBeGreaterThanOrEqual(0);
        expect(scaled).toBeLessThanOrEqual(1);
        const p = given.data[at]!;
        if (p > 1e-6 && p < 1 - 1e-6) {
          expect(scaled).toBeCloseTo(1 / (1 + Math.exp(-logits[at]! / t)), 6);
        }
        if (p > 0.5) expect(scaled).toBeGreaterThanOrEqual(0.5);
        if (p < 0.5) expect(scaled).toBeLessThanOrEqual(0.5);
      });
    }),
  );
});

it("is the softmax of the scaled logarithms, and keeps their order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
      temperature,
      (weights, t) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const given = volume(
          weights.map((weight) => weight / total),
          3,
        );
        const { data } = scaleProbabilities(given, "softmax", t);
        const powers = Array.from(given.data, (p) => Math.exp(Math.log(p) / t));
        const sum = powers.reduce((a, b) => a + b, 0);
        data.forEach((scaled, at) => {
          expect(scaled).toBeCloseTo(powers[at]! / sum, 5);
        });
      },
    ),
  );
});

it("keeps certain voxels certain, returns the volume itself at temperature 1, and refuses what is no temperature", () => {
  const given = volume([0, 0.5, 1]);
  expect([...scaleProbabilities(given, "sigmoid", 3).data]).toEqual([0, 0.5, 1]);
  expect(scaleProbabilities(given, "sigmoid", 1)).toBe(given);
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => scaleProbabilities(given, "sigmoid", wrong)).toThrow(RangeError);
});
