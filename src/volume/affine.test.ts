import fc from "fast-check";
import { expect, test } from "vitest";
import { anyVolume, turned } from "../../test/any-volume.js";
import {
  affineFromSpacing,
  determinantOf,
  invertAffine,
  isUsableAffine,
  multiplyAffines,
  nearestRotation,
  sameGrid,
  spacingOf,
  voxelCount,
} from "./index.js";

test("spacing comes back from its affine, turned or not", () => {
  const affine = multiplyAffines(turned(0.7), affineFromSpacing([0.5, 2, 3], [1, 2, 3]));
  spacingOf(affine).forEach((mm, axis) => {
    expect(mm).toBeCloseTo([0.5, 2, 3][axis]!, 12);
  });
  expect(Math.abs(determinantOf(affine))).toBeCloseTo(3, 12);
});

test("an affine times its inverse is the identity", () => {
  fc.assert(
    fc.property(anyVolume, ({ affine }) => {
      multiplyAffines(invertAffine(affine), affine).forEach((value, at) => {
        expect(value).toBeCloseTo(at % 5 === 0 ? 1 : 0, 9);
      });
    }),
  );
});

test("affines without extent, of wrong length or not finite are not usable", () => {
  expect(isUsableAffine(affineFromSpacing([1, 1, 1e-3]))).toBe(true);
  expect(isUsableAffine(affineFromSpacing([1, 0, 1]))).toBe(false);
  expect(isUsableAffine(affineFromSpacing([1, Number.NaN, 1]))).toBe(false);
  expect(isUsableAffine([1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toBe(false);
  expect(isUsableAffine([1, 2, 3])).toBe(false);
  expect(() => invertAffine(affineFromSpacing([1, 0, 1]))).toThrow(RangeError);
});

test("the nearest rotation of a turned and stretched affine is the turn", () => {
  const turn = turned(1.1);
  const rotation = nearestRotation(multiplyAffines(turn, affineFromSpacing([3, 0.1, 1])));
  rotation.forEach((value, at) => {
    expect(value).toBeCloseTo(turn[Math.floor(at / 3) * 4 + (at % 3)]!, 12);
  });
});

test("grids are the same within the tolerance, measured in millimetres at the corners", () => {
  const grid = { shape: [100, 10, 10], affine: affineFromSpacing([1, 1, 1]) } as const;
  expect(voxelCount(grid.shape)).toBe(10_000);
  expect(sameGrid(grid, { ...grid, affine: affineFromSpacing([1, 1, 1], [5e-4, 0, 0]) })).toBe(true);
  expect(sameGrid(grid, { ...grid, affine: affineFromSpacing([1, 1, 1], [2e-3, 0, 0]) })).toBe(false);
  expect(sameGrid(grid, { ...grid, affine: affineFromSpacing([1.0001, 1, 1]) })).toBe(false);
  expect(sameGrid(grid, { ...grid, affine: affineFromSpacing([1.0001, 1, 1]) }, 0.1)).toBe(true);
  expect(sameGrid(grid, { ...grid, shape: [100, 10, 11] })).toBe(false);
  const single = { shape: [1, 1, 1], affine: affineFromSpacing([1, 1, 1]) } as const;
  expect(sameGrid(single, { ...single, affine: affineFromSpacing([1, 1, 2]) })).toBe(false);
});
