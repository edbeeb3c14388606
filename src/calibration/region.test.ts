import { expect, test } from "vitest";
import type { Shape } from "../volume/index.js";
import { regionPart } from "./index.js";

const shape: Shape = [40, 30, 8];

function maskWith(...voxels: [number, number, number][]): Uint8Array {
  const mask = new Uint8Array(40 * 30 * 8);
  for (const [i, j, k] of voxels) mask[i + 40 * (j + 30 * k)] = 1;
  return mask;
}

test("the box is 10 mm wider than the reference on every side, in whole voxels, and stays in the image", () => {
  const mask = maskWith([18, 3, 5], [20, 12, 4]);
  expect(regionPart("box10mm", mask, shape, [1, 2, 4])).toEqual({
    shape,
    // i: 10 voxels of 1 mm; j: 5 of 2 mm, cut at 0; k: 3 of 4 mm, cut at both ends of the eight.
    box: { low: [8, 0, 1], high: [31, 18, 8] },
  });
});

test("a spacing that divides 10 mm takes no voxel too many", () => {
  const mask = maskWith([20, 15, 4]);
  // In floating point 10 / 0.7692... is a hair above 13.
  expect(regionPart("box10mm", mask, shape, [10 / 13, 10 / 3, 10.01])?.box).toEqual({
    low: [7, 12, 3],
    high: [34, 19, 6],
  });
});

test("the whole image is a region whatever the reference; the box around an empty one is none", () => {
  expect(regionPart("whole", maskWith(), shape, [1, 1, 1])?.box).toEqual({ low: [0, 0, 0], high: shape });
  expect(regionPart("box10mm", maskWith(), shape, [1, 1, 1])).toBeUndefined();
});
