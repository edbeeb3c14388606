import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Affine, affineFromSpacing, type Grid, reorient, type Vector } from "../volume/index.js";
import { fieldOfViewOf, fieldOfViewRange, fieldOfViewWarning } from "./field-of-view.js";

const gridOf = (shape: Vector, spacing: Vector): Grid => ({
  shape: shape as Grid["shape"],
  affine: affineFromSpacing(spacing),
});

/** The same voxels where a header has every length wrong by a factor. */
const scaled = ({ shape, affine }: Grid, factor: number): Grid => ({
  shape,
  affine: affine.map((value, at) => (at % 4 === 3 ? value : value * factor)) as unknown as Affine,
});

const side = fc.integer({ min: 2, max: 12 });
const mm = fc.double({ min: 0.3, max: 5, noNaN: true });
const anyGrid = fc
  .tuple(side, side, side, mm, mm, mm)
  .map(([ni, nj, nk, si, sj, sk]) => gridOf([ni, nj, nk], [si, sj, sk]));

describe("field of view", () => {
  it("is that of the patient's axes, however the file turns them", () => {
    const grid = gridOf([4, 5, 6], [1, 2, 3]);
    expect(fieldOfViewOf(grid)).toEqual([4, 10, 18]);
    for (const orientation of ["LPS", "PIL", "SAR", "IRA"]) {
      const turned = reorient({ ...grid, channels: 1, data: new Uint8Array(120) }, orientation);
      fieldOfViewOf(turned).forEach((extent, axis) => {
        expect(extent).toBeCloseTo([4, 10, 18][axis]!, 10);
      });
    }
  });

  it("never warns of an image that a dataset has, in whatever company", () => {
    fc.assert(
      fc.property(fc.array(anyGrid, { minLength: 1, maxLength: 5 }), anyGrid, (grids, other) => {
        const ranges = [fieldOfViewRange("a", grids), fieldOfViewRange("b", [other])];
        for (const grid of [...grids, other]) expect(fieldOfViewWarning(ranges, grid)).toBeUndefined();
      }),
    );
  });

  it("warns of images whose unit is wrong", () => {
    // Sizes differ by up to half within the dataset.
    const images = [
      [256, 256, 170, 1],
      [320, 320, 200, 0.94],
      [240, 256, 160, 1.2],
    ].map(([ni, nj, nk, size]) => gridOf([ni!, nj!, nk!], [size!, size!, size!]));
    const ranges = [fieldOfViewRange("head", images)];
    for (const image of images) {
      for (const factor of [0.00025, 0.001, 0.1, 4, 10, 400, 1000]) {
        expect(fieldOfViewWarning(ranges, scaled(image, factor)), `${factor}`).toMatch(/check the unit/);
      }
      expect(fieldOfViewWarning(ranges, scaled(image, 1.2))).toBeUndefined();
    }
  });

  it("warns of a size between those of two datasets, and names the dataset that it fits best", () => {
    const mouse = fieldOfViewRange("mouse", [gridOf([100, 100, 100], [0.1, 0.1, 0.1])]);
    const head = fieldOfViewRange("head", [gridOf([200, 200, 100], [1, 1, 2])]);
    const warning = fieldOfViewWarning([mouse, head], gridOf([200, 200, 25], [1, 1, 2]));
    expect(warning).toBe(
      "the image measures 200 x 200 x 50 mm (left to right, back to front, feet to head), training images 200 to 200 mm " +
        "from feet to head (head); check the unit and the spacing in its header",
    );
  });

  it("says nothing where nothing is known of the training images", () => {
    expect(fieldOfViewWarning([], gridOf([9, 9, 9], [1e6, 1, 1]))).toBeUndefined();
  });
});
