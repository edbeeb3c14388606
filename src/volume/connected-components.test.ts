import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { connectedComponents, type Shape } from "./index.js";

const { pieces } = JSON.parse(readFileSync("test/oracle/fixtures/resample.json", "utf8")) as {
  pieces: { shape: Shape; mask: number[]; "6": number[]; "26": number[] };
};

describe("SciPy's pieces", () => {
  test.each([6, 26] as const)("joined over %i neighbours", (connectivity) => {
    const { labels, sizes } = connectedComponents(Uint8Array.from(pieces.mask), pieces.shape, connectivity);
    expect([...labels]).toEqual(pieces[`${connectivity}`]);
    expect(sizes.length).toBe(1 + Math.max(...pieces[`${connectivity}`]));
    sizes.forEach((size, label) => {
      expect(size).toBe(labels.filter((value) => value === label).length);
    });
  });
});

test("an empty mask has a background only; a full one is one piece", () => {
  expect(connectedComponents(new Uint8Array(8), [2, 2, 2]).sizes).toEqual([8]);
  expect(connectedComponents(new Uint8Array(8).fill(3), [2, 2, 2]).sizes).toEqual([0, 8]);
});

test("voxels that meet at a corner are one piece over 26 neighbours, two over 6", () => {
  const mask = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1);
  expect(connectedComponents(mask, [2, 2, 2], 26).sizes).toEqual([6, 2]);
  expect(connectedComponents(mask, [2, 2, 2], 6).sizes).toEqual([6, 1, 1]);
});

test("a mask shorter than its shape is refused", () => {
  expect(() => connectedComponents(new Uint8Array(7), [2, 2, 2])).toThrow(RangeError);
});
