import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { UserError } from "../base/index.js";
import { type Affine, affineFromSpacing, applyAffine, orientationOf, reorient, sameGrid } from "./index.js";

const { orientations } = JSON.parse(readFileSync("test/oracle/fixtures/resample.json", "utf8")) as {
  orientations: { affine: Affine; codes: string }[];
};

const allCodes = ["RL", "AP", "SI"]
  .flatMap((first, a, pairs) =>
    pairs.flatMap((second, b) =>
      pairs.flatMap((third, c) => (a !== b && b !== c && a !== c ? [[first, second, third]] : [])),
    ),
  )
  .flatMap(([x, y, z]) => [...x!].flatMap((i) => [...y!].flatMap((j) => [...z!].map((k) => i + j + k))));

test("codes are nibabel's for random sheared affines", () => {
  for (const { affine, codes } of orientations) expect(orientationOf(affine)).toBe(codes);
});

test("there are 48 orientations, and each is reached and named", () => {
  expect(new Set(allCodes).size).toBe(48);
  const volume = {
    shape: [2, 3, 4],
    channels: 1,
    data: Uint8Array.from({ length: 24 }, (_, at) => at),
    affine: affineFromSpacing([1, 2, 3]),
  } as const;
  for (const code of allCodes) {
    const turned = reorient(volume, code);
    expect(orientationOf(turned.affine)).toBe(code);
    expect(reorient(turned, "RAS")).toEqual(volume);
  }
});

test("there and back is the identity, and every voxel keeps its place", () => {
  fc.assert(
    fc.property(anyVolume, fc.constantFrom(...allCodes), fc.nat(), (volume, code, pick) => {
      const turned = reorient(volume, code);
      expect(orientationOf(turned.affine)).toBe(code);
      const back = reorient(turned, orientationOf(volume.affine));
      expect(back.data).toEqual(volume.data);
      expect(sameGrid(back, volume, 1e-9)).toBe(true);

      const [ni, nj, nk] = turned.shape;
      const [i, j, k] = [pick % ni, (pick >> 3) % nj, (pick >> 6) % nk];
      const here = applyAffine(turned.affine, [i, j, k]);
      let matches = 0;
      for (let at = 0, z = 0; z < volume.shape[2]; z++) {
        for (let y = 0; y < volume.shape[1]; y++) {
          for (let x = 0; x < volume.shape[0]; x++, at++) {
            const there = applyAffine(volume.affine, [x, y, z]);
            if (Math.hypot(...there.map((mm, axis) => mm - here[axis]!)) > 1e-6) continue;
            matches++;
            expect(turned.data[i + ni * (j + nj * k)]).toBe(volume.data[at]);
          }
        }
      }
      expect(matches).toBe(1);
    }),
    { numRuns: 100 },
  );
});

test("nonsense is refused", () => {
  const volume = {
    shape: [1, 1, 1],
    channels: 1,
    data: new Uint8Array(1),
    affine: affineFromSpacing([1, 1, 1]),
  } as const;
  for (const code of ["", "RA", "RAX", "RLS", "RASS"])
    expect(() => reorient(volume, code)).toThrow(UserError);
  expect(reorient(volume, "lps").shape).toEqual([1, 1, 1]);
});
