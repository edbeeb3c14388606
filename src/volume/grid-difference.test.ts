import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readVolume, writeVolume } from "../sources/index.js";
import { affineFromSpacing, multiplyAffines, spacingOf } from "./affine.js";
import { describeGridDifference, sameFileGrid, turnedOnto } from "./grid-difference.js";
import { reorient } from "./orientation.js";
import type { Affine, Grid, Vector } from "./volume.js";

const grid = (spacing: Vector, origin: Vector = [-20, -30, -10]): Grid => ({
  shape: [32, 28, 24],
  affine: affineFromSpacing(spacing, origin),
});
const head = grid([1.5, 2, 2.5]);
const turned = (degrees: number, { shape, affine }: Grid): Grid => {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  const turn: Affine = [cosine, -sine, 0, 0, sine, cosine, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
  return { shape, affine: multiplyAffines(turn, affine) };
};
const mirrored = (one: Grid): Grid => ({
  ...one,
  affine: multiplyAffines([-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], one.affine),
});

describe("a volume turned onto a grid", () => {
  const volume = (one: Grid) => ({
    ...one,
    channels: 1,
    data: Float32Array.from({ length: 32 * 28 * 24 }, (_, at) => at),
  });

  it.each(["RAS", "LPS", "SRA", "PIR"])("%s comes back as it was", (orientation) => {
    const original = volume(turned(10, head));
    const back = turnedOnto(reorient(original, orientation), original)!;
    expect(back.data).toEqual(original.data);
    expect(sameFileGrid(back, original)).toBe(true);
  });

  it("is none where its voxels lie elsewhere", () => {
    expect(turnedOnto(volume(mirrored(head)), head)).toBeUndefined();
    expect(turnedOnto(volume(turned(10, head)), head)).toBeUndefined();
  });
});

describe("grids of two files", () => {
  it.each<[string, Grid, Grid, string]>([
    ["size", { ...head, shape: [32, 28, 23] }, head, "32 x 28 x 23 voxels instead of 32 x 28 x 24"],
    [
      "voxel size",
      grid([1.5, 2, 2.6]),
      head,
      "voxels of 1.5 x 2 x 2.6 mm instead of 1.5 x 2 x 2.5 mm, corners up to 2.3 mm apart",
    ],
    [
      "voxel size in the fourth digit",
      grid([1.5, 2, 2.5125]),
      head,
      "voxels of 1.5 x 2 x 2.51 mm instead of 1.5 x 2 x 2.5 mm, corners up to 0.288 mm apart",
    ],
    ["side", mirrored(head), head, "axes that run LAS instead of RAS, corners up to 53 mm apart"],
    ["angle", turned(10, head), head, "axes turned by 10 degrees, corners up to 6.98 mm apart"],
    [
      "place",
      grid([1.5, 2, 2.5], [-20, -30, 0]),
      head,
      "a first voxel at (-20, -30, 0) mm instead of (-20, -30, -10) mm, corners up to 10 mm apart",
    ],
    [
      "place by the width of a mouse's voxels",
      grid([0.02, 0.02, 0.02], [100, 100.06, 0]),
      grid([0.02, 0.02, 0.02], [100, 100, 0]),
      "a first voxel at (100, 100.1, 0) mm instead of (100, 100, 0) mm, corners up to 0.06 mm apart",
    ],
  ])("that differ in %s are told apart, and how is said", (_, one, other, text) => {
    expect(sameFileGrid(one, other)).toBe(false);
    expect(sameFileGrid(other, one)).toBe(false);
    expect(describeGridDifference(one, other)).toBe(text);
  });

  it("are compared in voxels, whatever their size", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 100, noNaN: true }), (scale) => {
        const own = grid([1.5 * scale, 2 * scale, 2.5 * scale], [0, 0, 0]);
        const moved = (voxels: number) =>
          grid([1.5 * scale, 2 * scale, 2.5 * scale], [0, 1.5 * scale * voxels, 0]);
        expect(sameFileGrid(own, moved(0.09))).toBe(true);
        expect(sameFileGrid(own, moved(0.11))).toBe(false);
      }),
    );
  });

  it("of one oblique head are the same, whether a header states its place as a matrix or as a quaternion", async () => {
    const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true });
    await fc.assert(
      fc.asyncProperty(angle, angle, angle, async (a, b, c) => {
        const affine = [rotation(0, a), rotation(1, b), rotation(2, c), scaling].reduce(multiplyAffines);
        const volume = {
          shape: [2, 2, 2] as const,
          channels: 1,
          affine,
          data: Float32Array.from({ length: 8 }),
        };
        const bytes = await writeVolume(volume, "head.nii");
        const matrix = await readVolume(bytes, "head.nii");
        new DataView(bytes.buffer, bytes.byteOffset).setInt16(254, 0, true); // sform_code
        new DataView(bytes.buffer, bytes.byteOffset).setInt16(252, 1, true); // qform_code
        const quaternion = await readVolume(bytes, "head.nii");
        const large = ({ affine }: Grid): Grid => ({ shape: [256, 256, 256], affine });
        expect(sameFileGrid(large(matrix), large(quaternion))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("turned further than rounding does are not the same", () => {
    const large: Grid = { shape: [256, 256, 256], affine: affineFromSpacing([1, 1, 1]) };
    expect(sameFileGrid(turned(0.03, large), large)).toBe(true);
    expect(sameFileGrid(turned(0.15, large), large)).toBe(false);
  });

  it("of a single slice have a thickness", () => {
    const slice = (mm: number): Grid => ({ shape: [9, 9, 1], affine: affineFromSpacing([1, 1, mm]) });
    expect(sameFileGrid(slice(1), slice(2))).toBe(false);
    expect(spacingOf(slice(2).affine)[2]).toBe(2);
  });
});

const scaling = affineFromSpacing([1, 1, 1.2], [-90, -120, -70]);

function rotation(axis: 0 | 1 | 2, angle: number): Affine {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const [one, two] = ([0, 1, 2] as const).filter((other) => other !== axis) as [number, number];
  const matrix = [...affineFromSpacing([1, 1, 1])];
  matrix[one * 5] = cosine;
  matrix[two * 5] = cosine;
  matrix[one * 4 + two] = -sine;
  matrix[two * 4 + one] = sine;
  return matrix;
}
