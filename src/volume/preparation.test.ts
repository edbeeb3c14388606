import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import {
  affineFromSpacing,
  foregroundBox,
  preparationSchema,
  prepareImage,
  prepareLabels,
  reorient,
  restoreToOriginal,
  type Shape,
  sameGrid,
  spacingOf,
  type Volume,
  voxelCount,
} from "./index.js";

interface Index {
  readonly shape: [number, number, number];
  readonly image: number[];
  readonly ct: { window: [number, number]; values: number[] };
  readonly mr: { percentiles: [number, number]; values: number[] };
}

const { index } = loadFixture<Index>("preparation");
const native = preparationSchema.parse({ cropToForeground: false, spacing: { policy: "native" } });

const volume = (shape: Shape, value: (i: number, j: number, k: number) => number, mm = [1, 1, 1]) => {
  const data = new Float32Array(voxelCount(shape));
  let at = 0;
  for (let k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++) for (let i = 0; i < shape[0]; i++) data[at++] = value(i, j, k);
  return { shape, affine: affineFromSpacing(mm as never), channels: 1, data };
};

describe("intensities against numpy", () => {
  const image: Volume = {
    shape: index.shape,
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data: Float32Array.from(index.image),
  };
  const worst = (found: ArrayLike<number>, expected: number[]): number =>
    Math.max(...expected.map((value, at) => Math.abs(value - found[at]!)));

  it("CT: clipped to the window, then z-score", () => {
    const settings = { ...native, ctWindow: index.ct.window };
    expect(worst(prepareImage(image, settings, "CT", "a").image.data, index.ct.values)).toBeLessThan(2e-6);
  });

  it.each(["MR", "PET", "US", "other"] as const)("%s: clipped to percentiles, then z-score", (modality) => {
    const settings = { ...native, percentiles: index.mr.percentiles };
    expect(worst(prepareImage(image, settings, modality, "a").image.data, index.mr.values)).toBeLessThan(
      2e-6,
    );
  });

  it("normalises every channel by itself", () => {
    const two = {
      ...image,
      channels: 2,
      data: Float32Array.from([...index.image, ...index.image.map((v) => 5 * v + 3)]),
    };
    const { data } = prepareImage(two, native, "MR", "a").image;
    expect(worst(data.subarray(120), [...data.subarray(0, 120)])).toBeLessThan(1e-5);
  });
});

describe("grids", () => {
  // A bright box in air, turned and off-centre.
  const shape: Shape = [30, 24, 20];
  const inBox = (i: number, j: number, k: number): boolean =>
    i >= 12 && i < 24 && j >= 6 && j < 16 && k >= 4 && k < 14;
  const image = volume(shape, (i, j, k) => (inBox(i, j, k) ? 100 + i : (i + j + k) % 2), [1, 1.5, 2]);
  const labels = { ...image, data: Uint8Array.from(image.data, (value) => (value >= 100 ? 1 : 0)) };

  it("crops to what is not air, with a margin of two voxels", () => {
    expect(foregroundBox(image)).toEqual({ low: [10, 4, 2], high: [26, 18, 16] });
  });

  it.each(["RAS", "LPS", "SAR", "IPL"])(
    "gives the same prepared image and labels for a file stored %s",
    (axes) => {
      const settings = preparationSchema.parse({ spacing: { policy: "fit", voxels: 24 } });
      const stored = prepareImage(reorient(image, axes), settings, "MR", "a").image;
      const expected = prepareImage(image, settings, "MR", "a").image;
      expect(sameGrid(stored, expected)).toBe(true);
      expected.data.forEach((value, at) => {
        expect(stored.data[at]).toBeCloseTo(value, 5);
      });
      expect(prepareLabels(reorient(labels, axes), stored).data).toEqual(
        prepareLabels(labels, expected).data,
      );
    },
  );

  it("fits the longest side into the voxels asked for, isotropic", () => {
    const settings = preparationSchema.parse({ spacing: { policy: "fit", voxels: 16 } });
    const { image: prepared } = prepareImage(image, settings, "MR", "a");
    expect(Math.max(...prepared.shape)).toBe(16);
    const [x, y, z] = spacingOf(prepared.affine);
    expect([y / x, z / x]).toEqual([expect.closeTo(1, 6), expect.closeTo(1, 6)]);
  });

  it("brings a mask back to the file's grid, whatever its orientation and spacing", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("RAS", "LPS", "SAR", "PIR"),
        fc.constantFrom(
          { policy: "native" },
          { policy: "fixed", mm: [1, 1, 1] },
          { policy: "fit", voxels: 40 },
        ),
        (axes, spacing) => {
          const file = reorient(image, axes);
          const reference = reorient(labels, axes);
          const settings = preparationSchema.parse({ spacing });
          const { image: prepared, original } = prepareImage(file, settings, "MR", "a");
          const mask = prepareLabels(reference, prepared);
          const back = restoreToOriginal({ ...mask, data: Float32Array.from(mask.data) }, original);
          expect(sameGrid(back, file)).toBe(true);
          let [overlap, size] = [0, 0];
          back.data.forEach((value, at) => {
            const inside = value >= 0.5 ? 1 : 0;
            overlap += inside * reference.data[at]!;
            size += inside + reference.data[at]!;
          });
          expect((2 * overlap) / size).toBeGreaterThan(0.93);
        },
      ),
    );
  });
});

describe("images that cannot be used are refused by name", () => {
  it.each<[string, Volume, RegExp]>([
    [
      "a NaN voxel",
      volume([4, 4, 4], (i) => (i === 2 ? Number.NaN : i)),
      /scan\.nii: found voxels that are not finite/,
    ],
    ["an infinite voxel", volume([4, 4, 4], (i) => (i === 2 ? Infinity : i)), /not finite/],
    ["one intensity", volume([4, 4, 4], () => 7), /scan\.nii: found the same intensity 7/],
    ["a 2-D image", volume([4, 4, 1], (i) => i), /scan\.nii: found an image of 4 x 4 x 1/],
  ])("%s", (_, image, message) => {
    expect(() => prepareImage(image, native, "MR", "scan.nii")).toThrow(message);
  });
});
