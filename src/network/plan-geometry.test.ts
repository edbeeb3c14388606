import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Vector, voxelCount } from "../volume/index.js";
import { geometryProblems, networkStride } from "./architecture.js";
import { planGeometry } from "./plan-geometry.js";

describe("patch, strides and kernels", () => {
  it("hold a small image whole", () => {
    const { patch, strides, kernels, levels } = planGeometry(
      { shape: [35, 50, 35], sides: [1, 1, 1] },
      { voxels: 131072, levels: 4 },
    );
    expect(patch).toEqual([40, 56, 40]);
    expect(levels).toBe(4);
    expect(strides.flat().every((stride) => stride === 2)).toBe(true);
    expect(kernels.flat().every((size) => size === 3)).toBe(true);
  });

  it("leave thick slices alone until the others are as thick", () => {
    const { patch, strides, kernels } = planGeometry(
      { shape: [160, 160, 20], sides: [1, 1, 4] },
      { voxels: 131072, levels: 4 },
    );
    expect(strides).toEqual([
      [2, 2, 1],
      [2, 2, 1],
      [2, 2, 2],
    ]);
    expect(kernels).toEqual([
      [3, 3, 1],
      [3, 3, 1],
      [3, 3, 3],
      [3, 3, 3],
    ]);
    expect(patch).toEqual([80, 80, 20]);
  });

  it("halve no axis below four voxels, and leave out levels that would halve none", () => {
    const { strides, levels, patch } = planGeometry(
      { shape: [40, 40, 10], sides: [1, 1, 1] },
      { voxels: 131072, levels: 6 },
    );
    expect(strides).toEqual([
      [2, 2, 2],
      [2, 2, 1],
      [2, 2, 1],
    ]);
    expect(levels).toBe(4);
    expect(patch).toEqual([40, 40, 10]);
  });

  it("fit each other and the budget, whatever the images", () => {
    const size = fc.double({ min: 2, max: 600, noNaN: true });
    const side = fc.double({ min: 0.1, max: 10, noNaN: true });
    const triple = (of: fc.Arbitrary<number>): fc.Arbitrary<Vector> => fc.tuple(of, of, of);
    fc.assert(
      fc.property(
        triple(size),
        triple(side),
        fc.integer({ min: 4096, max: 1e6 }),
        fc.integer({ min: 2, max: 7 }),
        (shape, sides, voxels, levels) => {
          const planned = planGeometry({ shape, sides }, { voxels, levels });
          expect(geometryProblems(planned)).toEqual([]);
          const stride = networkStride(planned);
          expect(planned.levels).toBeLessThanOrEqual(levels);
          expect(voxelCount(planned.patch)).toBeLessThanOrEqual(voxels);
          planned.patch.forEach((length, axis) => {
            expect(length % stride[axis]!).toBe(0);
            expect(length).toBeLessThan(shape[axis]! + stride[axis]!);
          });
        },
      ),
    );
  });

  it("keep strides that were given", () => {
    const given = {
      levels: 3,
      strides: [
        [2, 2, 1],
        [2, 2, 1],
      ] as const,
      kernels: undefined,
    };
    const { patch, strides } = planGeometry(
      { shape: [99, 99, 99], sides: [1, 1, 1] },
      { voxels: 64000, levels: 3 },
      given,
    );
    expect(strides).toEqual(given.strides);
    expect(patch[0] % 4).toBe(0);
    expect(voxelCount(patch)).toBeGreaterThan(50000);
  });
});
