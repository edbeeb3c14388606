import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/index.js";
import type { Shape } from "../volume/index.js";
import { blendWeights } from "./gaussian-blend.js";
import { eachWindow, interiorOfLayer, planWindows, type WindowPlan, windowCount } from "./window-plan.js";

const anyStep = fc.constantFrom(1, 2, 4, 8);

const anyCase = fc.record({
  shape: fc.tuple(
    fc.integer({ min: 1, max: 45 }),
    fc.integer({ min: 1, max: 45 }),
    fc.integer({ min: 1, max: 45 }),
  ),
  plan: fc.record({
    window: fc.tuple(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
    ),
    overlap: fc.double({ min: 0, max: 0.9, noNaN: true }),
    multipleOf: fc.tuple(anyStep, anyStep, anyStep),
    fixedSize: fc.boolean(),
  }),
});

describe("planWindows", () => {
  it("cuts the voxels of every layer into interiors, each voxel once", () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 0, max: 3 }), ({ shape, plan }, halvings) => {
        const stride = (axis: 0 | 1 | 2): number => Math.min(2 ** halvings, plan.multipleOf[axis]);
        const layerStride: Shape = [stride(0), 1, stride(2)];
        const layer = shape.map((n, axis) => Math.ceil(n / layerStride[axis]!)) as unknown as Shape;
        const windows = planWindows(shape, plan);
        const seen = new Uint8Array(layer[0] * layer[1] * layer[2]);
        for (const window of eachWindow(windows)) {
          const { low, high } = interiorOfLayer(window, shape, layerStride);
          for (let axis = 0; axis < 3; axis++) {
            expect(low[axis]).toBeGreaterThanOrEqual(0);
            expect(high[axis]).toBeLessThanOrEqual(windows.size[axis]! / layerStride[axis]!);
          }
          const at = (axis: number, v: number): number => window.origin[axis]! / layerStride[axis]! + v;
          for (let k = low[2]; k < high[2]; k++)
            for (let j = low[1]; j < high[1]; j++)
              for (let i = low[0]; i < high[0]; i++)
                seen[at(0, i) + layer[0] * (at(1, j) + layer[1] * at(2, k))]! += 1;
        }
        expect(seen.every((count) => count === 1)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("keeps windows on the stride, inside the padded image, from its start to its end", () => {
    fc.assert(
      fc.property(anyCase, ({ shape, plan }) => {
        const windows = planWindows(shape, plan);
        windows.axes.forEach(({ origins }, axis) => {
          expect(origins[0]).toBe(0);
          expect(origins.at(-1)! + windows.size[axis]!).toBe(windows.padded[axis]);
          const multipleOf = plan.multipleOf[axis]!;
          expect(windows.size[axis]! % multipleOf).toBe(0);
          expect(origins.every((origin) => origin % multipleOf === 0)).toBe(true);
          expect(new Set(origins).size).toBe(origins.length);
          const step = Math.max(multipleOf, windows.size[axis]! * (1 - plan.overlap) + multipleOf / 2);
          for (let n = 1; n < origins.length; n++)
            expect(origins[n]! - origins[n - 1]!).toBeLessThanOrEqual(step);
        });
        expect(windowCount(windows)).toBe([...eachWindow(windows)].length);
      }),
      { numRuns: 150 },
    );
  });

  it("blends with weights that add up to one at every voxel", () => {
    fc.assert(
      fc.property(anyCase, ({ shape, plan }) => {
        const windows = planWindows(shape, plan);
        blendWeights(windows).forEach((weights, axis) => {
          const total = new Float64Array(windows.padded[axis]!);
          weights.forEach((weight, n) => {
            weight.forEach((value, at) => {
              total[windows.axes[axis]!.origins[n]! + at]! += value;
            });
          });
          for (const value of total) expect(value).toBeCloseTo(1, 12);
        });
      }),
      { numRuns: 100 },
    );
  });

  it("runs an image in one piece that has no more voxels than a window", () => {
    const plan: WindowPlan = { window: [32, 32, 32], overlap: 0.5, multipleOf: [8, 8, 8] };
    expect(planWindows([61, 31, 14], plan)).toMatchObject({ size: [64, 32, 16], padded: [64, 32, 16] });
    expect(windowCount(planWindows([61, 31, 14], plan))).toBe(1);
    expect(planWindows([65, 40, 14], plan).size).toEqual([32, 32, 16]);
    expect(planWindows([10, 40, 14], { ...plan, fixedSize: true })).toMatchObject({
      size: [32, 32, 32],
      padded: [32, 40, 32],
    });
  });

  it("rounds each axis to its own stride", () => {
    const plan: WindowPlan = { window: [30, 30, 5], overlap: 0.5, multipleOf: [8, 4, 1] };
    expect(planWindows([61, 61, 13], plan)).toMatchObject({ size: [32, 32, 5], padded: [64, 64, 13] });
    expect(planWindows([61, 61, 13], plan).axes[2].origins).toEqual([0, 2, 4, 6, 8]);
  });

  it.each([
    { window: [0, 8, 8], overlap: 0.5, multipleOf: [8, 8, 8] },
    { window: [8, 8, 8], overlap: 1, multipleOf: [8, 8, 8] },
    { window: [8, 8, 8], overlap: Number.NaN, multipleOf: [8, 8, 8] },
    { window: [8, 8, 8], overlap: 0.5, multipleOf: [8, 0.5, 8] },
    { window: [8, 8, 8], overlap: 0.5, multipleOf: [8, 8, 0] },
  ] as WindowPlan[])("refuses %o", (plan) => {
    expect(() => planWindows([8, 8, 8], plan)).toThrow(UserError);
  });
});
