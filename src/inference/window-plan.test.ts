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
        const weights = blendWeights(windows);
        const [ni, nj, nk] = windows.padded;
        const total = new Float64Array(ni * nj * nk);
        for (const { index, origin } of eachWindow(windows)) {
          for (let k = 0; k < windows.size[2]; k++) {
            for (let j = 0; j < windows.size[1]; j++) {
              const { scale, values, start } = weights.row(index, j, k);
              const to = origin[0] + ni * (origin[1] + j + nj * (origin[2] + k));
              for (let i = 0; i < windows.size[0]; i++) total[to + i]! += scale * values[start + i]!;
            }
          }
        }
        expect(weights.normalised).toBe(true);
        expect(total.reduce((most, value) => Math.max(most, Math.abs(value - 1)), 0)).toBeLessThan(1e-12);
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

describe("windows of other software", () => {
  const axes = (length: number, placement: "spread" | "stepped", overlap = 0.5) =>
    planWindows([length, 8, 8], {
      window: [8, 8, 8],
      overlap,
      multipleOf: [4, 4, 4],
      fixedSize: true,
      placement,
    }).axes[0];

  // What nnU-Net 2.8's compute_steps_for_sliding_window and MONAI 1.6's dense_patch_slices give, run on an image as padded.
  it.each([
    [5, [-1], [-1]],
    [8, [0], [0]],
    [9, [0, 1], [0, 1]],
    [12, [0, 4], [0, 4]],
    [15, [0, 4, 7], [0, 4, 7]],
    [19, [0, 4, 7, 11], [0, 4, 8, 11]],
    [21, [0, 3, 6, 10, 13], [0, 4, 8, 12, 13]],
  ])("of 8 voxels in an image of %d", (length, spread, stepped) => {
    expect(axes(length, "spread").origins).toEqual(spread);
    expect(axes(length, "stepped").origins).toEqual(stepped);
  });

  it("own each voxel of the image once, and so does every layer that is aligned with the image", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom("spread", "stepped"),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (length, placement, overlap) => {
          const { origins, cuts } = axes(length, placement as "spread", overlap);
          expect(cuts).toHaveLength(origins.length + 1);
          expect([cuts[0], cuts.at(-1)]).toEqual([0, length]);
          for (const [n, origin] of origins.entries()) {
            // What a window owns lies in it.
            expect(cuts[n]!).toBeGreaterThanOrEqual(origin);
            expect(cuts[n + 1]!).toBeLessThanOrEqual(origin + 8);
            expect(cuts[n + 1]!).toBeGreaterThanOrEqual(cuts[n]!);
          }
        },
      ),
    );
  });

  it("must be of one size", () => {
    const plan = { window: [8, 8, 8], overlap: 0, multipleOf: [4, 4, 4], placement: "spread" } as const;
    expect(() => planWindows([9, 9, 9], plan)).toThrow(/placement spread, expected fixedSize: true/);
  });
});
