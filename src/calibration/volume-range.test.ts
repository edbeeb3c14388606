import fc from "fast-check";
import { expect, it } from "vitest";
import { VOLUME_RANGE_COVERAGE, VolumeRangeCounter } from "./volume-range.js";

const rangeOf = (...pieces: Float32Array[]) => {
  const counter = new VolumeRangeCounter();
  for (const piece of pieces) counter.add(piece);
  return counter.range();
};

const maps = fc.float32Array({ min: 0, max: 1, noNaN: true, maxLength: 60 });

it("counts what is nearly sure, what is expected and what is possible", () => {
  const { low, expected, high } = rangeOf(Float32Array.of(0, 0.04, 0.25, 0.5, 0.94, 0.97, 1));
  expect([low, high]).toEqual([2, 5]);
  expect(expected).toBeCloseTo(3.7, 6);
});

it("is a number without a range where every voxel is certain, and nothing where nothing was seen", () => {
  expect(rangeOf(Float32Array.of(0, 1, 1, 0))).toEqual({ low: 2, expected: 2, high: 2 });
  expect(rangeOf()).toEqual({ low: 0, expected: 0, high: 0 });
});

it("holds the mask, and does not depend on how the voxels come", () => {
  fc.assert(
    fc.property(maps, fc.nat(), (map, at) => {
      const { low, expected, high } = rangeOf(map);
      const mask = map.filter((probability) => probability > 0.5).length;
      expect(low).toBeLessThanOrEqual(mask);
      expect(mask).toBeLessThanOrEqual(high);
      const cut = at % (map.length + 1);
      const inPieces = rangeOf(map.subarray(cut), map.subarray(0, cut));
      expect([inPieces.low, inPieces.high]).toEqual([low, high]);
      expect(inPieces.expected).toBeCloseTo(expected, 9);
    }),
  );
});

/** The share of true volumes within the range, where the voxels' doubts are drawn as `draw` says. */
function coverage(draw: (voxels: number) => (voxel: number) => number): number {
  const map = Float32Array.from({ length: 400 }, (_, at) => 1 / (1 + Math.exp((at - 200) / 25)));
  const { low, high } = rangeOf(map);
  const draws = 2000;
  let held = 0;
  for (let n = 0; n < draws; n++) {
    const uniform = draw(n);
    const volume = map.filter((probability, voxel) => probability > uniform(voxel)).length;
    if (low <= volume && volume <= high) held++;
  }
  return held / draws;
}

it("holds the true volume as often as it says where all voxels err together, and more often where they do not", () => {
  const together = coverage((n) => () => (n + 0.5) / 2000);
  expect(together).toBeCloseTo(VOLUME_RANGE_COVERAGE, 2);
  const golden = (n: number, voxel: number): number => ((n * 400 + voxel) * 0.6180339887498949) % 1;
  const inTens = coverage((n) => (voxel) => golden(n, Math.floor(voxel / 10)));
  expect(inTens).toBeGreaterThan(VOLUME_RANGE_COVERAGE);
});
