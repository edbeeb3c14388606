import fc from "fast-check";
import { expect, test } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { affineFromSpacing, boundingBox, crop, pad, sameGrid, type Vector } from "./index.js";

const volume = {
  shape: [3, 2, 2],
  channels: 2,
  data: Int16Array.from({ length: 24 }, (_, at) => at),
  affine: affineFromSpacing([1, 2, 4], [10, 20, 30]),
} as const;

test("crop takes a half-open box of every channel and moves the origin", () => {
  const part = crop(volume, [1, 0, 1], [3, 2, 2]);
  expect(part.shape).toEqual([2, 2, 1]);
  expect([...part.data]).toEqual([7, 8, 10, 11, 19, 20, 22, 23]);
  expect(part.affine).toEqual(affineFromSpacing([1, 2, 4], [11, 20, 34]));
});

test("crop refuses boxes that are empty, outside or not whole", () => {
  for (const [low, high] of [
    [
      [0, 0, 0],
      [0, 2, 2],
    ],
    [
      [-1, 0, 0],
      [3, 2, 2],
    ],
    [
      [0, 0, 0],
      [4, 2, 2],
    ],
    [
      [0.5, 0, 0],
      [3, 2, 2],
    ],
  ]) {
    expect(() => crop(volume, low as unknown as Vector, high as unknown as Vector)).toThrow(RangeError);
  }
});

test("pad and crop back is the identity; the new voxels have the value", () => {
  const margin = fc.tuple(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 3 }),
  );
  fc.assert(
    fc.property(anyVolume, margin, margin, (inner, before, after) => {
      const padded = pad(inner, before, after, 9);
      const nines = padded.data.filter((value) => value === 9).length;
      expect(nines).toBe(padded.data.length - inner.data.length);
      const high = inner.shape.map((count, axis) => count + before[axis]!) as unknown as Vector;
      const back = crop(padded, before, high);
      expect(back.data).toEqual(inner.data);
      expect(sameGrid(back, inner, 1e-9)).toBe(true);
    }),
  );
});

test("pad refuses negative margins and values that do not fit", () => {
  expect(() => pad(volume, [-1, 0, 0], [0, 0, 0])).toThrow(RangeError);
  expect(() => pad(volume, [1, 0, 0], [0, 0, 0], 0.5)).toThrow(RangeError);
});

test("the bounding box holds all wanted voxels of all channels and no less", () => {
  const box = { ...volume, data: new Float32Array(24) };
  expect(boundingBox(box, 0)).toBeUndefined();
  box.data[1] = 5;
  box.data[12 + 3 + 6] = -2;
  expect(boundingBox(box, 0)).toEqual({ low: [1, 0, 0], high: [2, 1, 1] });
  expect(boundingBox(box, (value) => value !== 0)).toEqual({ low: [0, 0, 0], high: [2, 2, 2] });
  box.data.fill(Number.NaN);
  expect(boundingBox(box, 0)).toBeUndefined();
});
