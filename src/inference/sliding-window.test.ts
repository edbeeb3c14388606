import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Session } from "../graph/index.js";
import type { Shape } from "../volume/index.js";
import { predictVolume } from "./sliding-window.js";
import { layWindows } from "./windows.js";

const sizes = fc.tuple(
  fc.integer({ min: 2, max: 40 }),
  fc.integer({ min: 2, max: 40 }),
  fc.integer({ min: 2, max: 40 }),
);
const plans = fc.record({
  window: fc.tuple(
    fc.integer({ min: 4, max: 24 }),
    fc.integer({ min: 4, max: 24 }),
    fc.integer({ min: 4, max: 24 }),
  ),
  overlap: fc.constantFrom(0, 0.25, 0.5, 0.75),
  multipleOf: fc.constantFrom(1, 2, 4),
});

/** Logits: the image itself. One feature layer at full and one at half resolution. */
const mirror: Session = {
  inputNames: ["image"],
  outputNames: ["logits", "half"],
  run: async ({ image }) => {
    const [, , d, h, w] = image!.dims as [number, number, number, number, number];
    const half = [1, 1, d / 2, h / 2, w / 2];
    return {
      logits: { type: "float32", dims: image!.dims, data: (image!.data as Float32Array).slice() },
      half: { type: "float32", dims: half, data: new Float32Array((d * h * w) / 8) },
    };
  },
  release: async () => {},
};

describe("sliding windows", () => {
  it("own every voxel of the image exactly once, and lie inside it", () => {
    fc.assert(
      fc.property(sizes, plans, (shape, plan) => {
        const { windows, padded, window } = layWindows(shape as Shape, plan);
        const owned = new Uint8Array(shape[0] * shape[1] * shape[2]);
        for (const { origin, interior } of windows) {
          for (let axis = 0; axis < 3; axis++) {
            expect(origin[axis]! % plan.multipleOf).toBe(0);
            expect(origin[axis]! + window[axis]!).toBeLessThanOrEqual(padded[axis]!);
            expect(interior.low[axis]).toBeGreaterThanOrEqual(origin[axis]!);
            expect(interior.high[axis]).toBeLessThanOrEqual(origin[axis]! + window[axis]!);
          }
          for (let k = interior.low[2]; k < interior.high[2]; k++) {
            for (let j = interior.low[1]; j < interior.high[1]; j++) {
              for (let i = interior.low[0]; i < interior.high[0]; i++)
                owned[i + shape[0] * (j + shape[1] * k)]!++;
            }
          }
        }
        expect(owned.every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("blend equal predictions to themselves and count each coarse voxel once", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, plans, async (shape, plan) => {
        const count = shape[0] * shape[1] * shape[2];
        const data = Float32Array.from({ length: count }, (_, index) => ((index * 7919) % 101) - 50);
        let coarse = 0;
        const image = { shape: shape as Shape, affine: [], channels: 1, data };
        const even = { ...plan, multipleOf: Math.max(2, plan.multipleOf) };
        const result = await predictVolume(mirror, image, even, {
          outputChannels: 1,
          layers: { half: "half" },
          onFeatures: ({ interior: { low, high } }) => {
            coarse += (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]);
          },
        });
        result.data.forEach((value, index) => {
          expect(value).toBeCloseTo(data[index]!, 3);
        });
        expect(coarse).toBe(shape.reduce((product, size) => product * Math.ceil(size / 2), 1));
      }),
      { numRuns: 30 },
    );
  });
});
