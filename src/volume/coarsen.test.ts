import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affineFromSpacing, spacingOf } from "./affine.js";
import { coarsen } from "./coarsen.js";
import { gridWithSpacing, sameGrid, voxelCount } from "./grid.js";
import { resample } from "./resample.js";
import type { Shape, Vector, Volume } from "./volume.js";

/** Layout: test/oracle/antialiasing.py. */
const oracle = JSON.parse(readFileSync("test/oracle/fixtures/antialiasing.json", "utf8")) as {
  cases: {
    shape: [number, number, number];
    spacing: [number, number, number];
    wanted: [number, number, number];
    data: number[];
    target: number[];
    coarse: number[];
  }[];
};

const furthest = (found: ArrayLike<number>, wanted: readonly number[]): number =>
  wanted.reduce((most, value, at) => Math.max(most, Math.abs(value - found[at]!)), 0);

function volumeOf(shape: Shape, spacing: Vector, value: (at: number) => number): Volume<Float32Array> {
  const data = Float32Array.from({ length: voxelCount(shape) }, (_, at) => value(at));
  return { shape, affine: affineFromSpacing(spacing), channels: 1, data };
}

describe("coarser voxels", () => {
  it.each(oracle.cases)("are SciPy's, from $spacing to $wanted mm", (one) => {
    const volume = volumeOf(one.shape, one.spacing, (at) => one.data[at]!);
    const coarse = coarsen(volume, one.wanted);
    const whole = resample(coarse, gridWithSpacing(volume, one.wanted), "linear");
    expect(whole.shape).toEqual(one.target);
    expect(furthest(whole.data, one.coarse)).toBeLessThan(2e-4);
  });

  const side = fc.integer({ min: 1, max: 90 });
  const anyShape = fc.tuple(side, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }));
  const factor = fc.double({ min: 0.2, max: 6, noNaN: true });
  const anySpacing = fc.tuple(factor, factor, factor);

  it("lie as gridWithSpacing lays them, keep what is the same everywhere, and stay in the range of the voxels", () => {
    fc.assert(
      fc.property(anyShape, anySpacing, fc.integer({ min: 1, max: 97 }), (shape, spacing, prime) => {
        const flat = volumeOf(shape, [1, 1, 1], () => 7);
        const coarse = coarsen(flat, spacing);
        const sides = spacing.map((mm) => Math.max(1, mm)) as unknown as Vector;
        expect(sameGrid(coarse, gridWithSpacing(flat, sides))).toBe(true);
        expect(coarse.data.every((value) => Math.abs(value - 7) < 1e-5)).toBe(true);
        const drawn = volumeOf(shape, [1, 1, 1], (at) => (at * prime) % 101);
        expect(coarsen(drawn, spacing).data.every((value) => value > -1e-4 && value < 100.0001)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("are the same along every axis, and an axis that does not get coarser is left alone", () => {
    fc.assert(
      fc.property(factor, fc.integer({ min: 2, max: 70 }), (mm, length) => {
        const value = (at: number): number => (at * 31) % 17;
        const along = ([0, 1, 2] as const).map((axis) => {
          const shape = [1, 1, 1].map((_, at) => (at === axis ? length : 1)) as unknown as Shape;
          const spacing = [1, 1, 1].map((_, at) => (at === axis ? mm : 1)) as unknown as Vector;
          return [...coarsen(volumeOf(shape, [1, 1, 1], value), spacing).data];
        });
        expect(along[1]).toEqual(along[0]);
        expect(along[2]).toEqual(along[0]);
        const untouched = volumeOf([length, 3, 2], [1, 1, 1], value);
        expect(coarsen(untouched, [1, 0.5, 1]).data).toEqual(untouched.data);
      }),
      { numRuns: 30 },
    );
  });

  it("keep every channel to itself and the given volume as it was", () => {
    const one = volumeOf([9, 8, 7], [1, 1, 1], (at) => (at * 13) % 29);
    const other = volumeOf([9, 8, 7], [1, 1, 1], (at) => -((at * 7) % 23));
    const both = { ...one, channels: 2, data: Float32Array.from([...one.data, ...other.data]) };
    const before = both.data.slice();
    const coarse = coarsen(both, [2, 3, 1.5]);
    expect([...coarse.data]).toEqual([
      ...coarsen(one, [2, 3, 1.5]).data,
      ...coarsen(other, [2, 3, 1.5]).data,
    ]);
    expect(both.data).toEqual(before);
    expect(spacingOf(coarse.affine)).toEqual([2, 3, 1.5]);
  });

  it("do not show stripes that are too fine for them as other stripes", () => {
    // One voxel dark, one bright: of every third voxel a sample sees stripes three times as wide. (At the ends, beyond which
    // the outermost stripe goes on, its brightness stays.)
    const stripes = volumeOf([90, 4, 4], [1, 1, 1], (at) => (at % 2) * 100);
    const contrast = ({ data }: Volume): number => {
      const inner = Array.from(data).filter((_, at) => at % 30 > 0 && at % 30 < 29);
      return Math.max(...inner) - Math.min(...inner);
    };
    expect(contrast(resample(stripes, gridWithSpacing(stripes, [3, 1, 1]), "linear"))).toBe(100);
    expect(contrast(coarsen(stripes, [3, 1, 1]))).toBeLessThan(1);
  });

  it("are not made of voxels so short that only a damaged header can say so", () => {
    const image = volumeOf([4, 4, 4], [1e-30, 1, 1], (at) => at);
    expect(() => coarsen(image, [1, 1, 1])).toThrow(/spacing of the image: found 1e-30 x 1 x 1 mm/);
    const fine = volumeOf([4, 4, 4], [1e-4, 1, 1], (at) => at % 4);
    expect([...coarsen(fine, [1, 1, 1]).data]).toEqual(new Array(16).fill(expect.closeTo(1.5, 3)));
  });
});
