import fc from "fast-check";
import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import type { PredictedChannels } from "../labels/index.js";
import { InteriorEntropy, interiorEntropy } from "./interior-entropy.js";
import { bernoulliEntropy } from "./uncertainty.js";

const shared: PredictedChannels = { channels: 1, labelMode: "shared" };
type Shape = readonly [number, number, number];

const filled = (shape: Shape, value: (i: number, j: number, k: number) => number): Float32Array => {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]);
  for (let at = 0; at < data.length; at++) {
    const [i, j, k] = [
      at % shape[0],
      Math.floor(at / shape[0]) % shape[1],
      Math.floor(at / shape[0] / shape[1]),
    ];
    data[at] = value(i, j, k);
  }
  return data;
};

it("is the entropy of the voxels whose six neighbours have the same label", () => {
  // A cube of 3 voxels a side: only its centre has six such neighbours.
  const inCube = (at: number): boolean => at >= 1 && at <= 3;
  const data = filled([5, 6, 5], (i, j, k) => {
    if (![i, j, k].every(inCube)) return 0.4;
    return i === 2 && j === 2 && k === 2 ? 0.9 : 0.55;
  });
  expect(interiorEntropy({ shape: [5, 6, 5], data }, shared)).toBeCloseTo(bernoulliEntropy(0.9), 6);
});

it("takes the edge of the image for no boundary, and all of a mask that is nothing but boundary", () => {
  const everywhere = filled([3, 3, 3], () => 0.8);
  expect(interiorEntropy({ shape: [3, 3, 3], data: everywhere }, shared)).toBeCloseTo(
    bernoulliEntropy(0.8),
    6,
  );
  const line = filled([4, 4, 4], (i, j) => (i === 1 && j === 1 ? 0.7 : 0.1));
  expect(interiorEntropy({ shape: [4, 4, 4], data: line }, shared)).toBeCloseTo(bernoulliEntropy(0.7), 6);
});

it("is at its greatest where nothing was found", () => {
  const data = new Float32Array(27);
  expect(interiorEntropy({ shape: [3, 3, 3], data }, shared)).toBe(Math.LN2);
});

it("is the same slab by slab as at once, and never above the greatest entropy", () => {
  fc.assert(
    fc.property(
      fc.tuple(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
      ),
      fc.constantFrom<PredictedChannels>(
        shared,
        { channels: 2, labelMode: "union" },
        { channels: 3, labelMode: "exclusive" },
      ),
      fc.integer(),
      (shape, predicted, seed) => {
        const random = new Random(seed);
        const { channels, labelMode } = predicted;
        const slice = shape[0] * shape[1];
        const voxels = slice * shape[2];
        const data = Float32Array.from({ length: channels * voxels }, () => random.uniform());
        if (labelMode === "exclusive") {
          for (let at = 0; at < voxels; at++) {
            const total = data[at]! + data[at + voxels]! + data[at + 2 * voxels]!;
            for (let c = 0; c < 3; c++) data[at + c * voxels]! /= total;
          }
        }
        const gathered = new InteriorEntropy(predicted, shape[0]);
        for (let first = 0; first < shape[2]; ) {
          const slices = Math.min(1 + random.below(3), shape[2] - first);
          const slab = new Float32Array(channels * slices * slice);
          for (let c = 0; c < channels; c++) {
            const from = c * voxels + first * slice;
            slab.set(data.subarray(from, from + slices * slice), c * slices * slice);
          }
          gathered.add({ slices, data: slab });
          first += slices;
        }
        const whole = interiorEntropy({ shape, data }, predicted);
        expect(gathered.value()).toBeCloseTo(whole, 12);
        const greatest = Math.log(labelMode === "exclusive" ? channels : 2);
        expect(whole).toBeGreaterThanOrEqual(0);
        expect(whole).toBeLessThanOrEqual(greatest + 1e-6);
      },
    ),
    { numRuns: 100 },
  );
});
