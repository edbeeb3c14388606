import { readFileSync } from "node:fs";
import fc from "fast-check";
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

/** Spreads from voxel to voxel, as slowly and plainly as can be. */
function flooded(mask: Uint8Array, [ni, nj, nk]: Shape, connectivity: 6 | 26): number[] {
  const labels = new Array<number>(mask.length).fill(0);
  let label = 0;
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || labels[seed] !== 0) continue;
    label++;
    const open = [seed];
    labels[seed] = label;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
      for (let step = 0; step < 27; step++) {
        const [di, dj, dk] = [(step % 3) - 1, (Math.floor(step / 3) % 3) - 1, Math.floor(step / 9) - 1];
        if (connectivity === 6 && Math.abs(di) + Math.abs(dj) + Math.abs(dk) !== 1) continue;
        const [x, y, z] = [i + di, j + dj, k + dk];
        if (x < 0 || y < 0 || z < 0 || x >= ni || y >= nj || z >= nk) continue;
        const other = x + ni * (y + nj * z);
        if (!mask[other] || labels[other] !== 0) continue;
        labels[other] = label;
        open.push(other);
      }
    }
  }
  return labels;
}

test("pieces are those that a flood finds, whatever the mask", () => {
  const size = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(
      fc.tuple(size, size, size),
      fc.constantFrom(6 as const, 26 as const),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (shape, connectivity, share, numbers) => {
        const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
        for (let at = 0; at < mask.length; at++) mask[at] = (numbers.next().value as number) < share ? 1 : 0;
        const { labels, sizes } = connectedComponents(mask, shape, connectivity);
        expect([...labels]).toEqual(flooded(mask, shape, connectivity));
        expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(mask.length);
      },
    ),
  );
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
