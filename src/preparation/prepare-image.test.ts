import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { UserError } from "../base/index.js";
import { affineFromSpacing, applyAffine, invertAffine } from "../volume/affine.js";
import { sameGrid, voxelCount } from "../volume/grid.js";
import type { Modality } from "../volume/index.js";
import { orientationOf } from "../volume/orientation.js";
import type { Affine, Grid, Shape, Vector, Volume } from "../volume/volume.js";
import {
  foregroundBox,
  type Preparation,
  preparationSchema,
  prepareImage,
  prepareLabels,
  restoreToOriginal,
} from "./preparation.js";

/** Layout: test/oracle/preparation.py. */
interface PreparationIndex {
  readonly cases: readonly {
    name: string;
    modality: Modality;
    ctWindow: [number, number];
    percentiles: [number, number];
    affine: number[];
    preparedAffine: number[];
  }[];
}

const fixture = loadFixture<PreparationIndex>("preparation");
const untouchedGrid: Preparation = preparationSchema.parse({
  cropToForeground: false,
  spacing: { policy: "native" },
});

function fixtureVolume(name: string, affine: Affine): Volume<Float32Array> {
  const { dims, data } = fixture.tensor(name);
  const [channels, nk, nj, ni] = dims as [number, number, number, number];
  return { shape: [ni, nj, nk], channels, affine, data: Float32Array.from(data) };
}

/** A volume whose value at each voxel centre is a function of the voxel. */
function drawn(
  shape: Shape,
  affine: Affine,
  value: (i: number, j: number, k: number) => number,
): Volume<Float32Array> {
  const data = new Float32Array(voxelCount(shape));
  let at = 0;
  for (let k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++) for (let i = 0; i < shape[0]; i++) data[at++] = value(i, j, k);
  return { shape, affine, channels: 1, data };
}

/** Images that can be prepared: two voxels and two intensities at least. */
const anyImage = anyVolume.filter(
  ({ shape, data }) => shape.every((size) => size > 1) && new Set(data as Float32Array).size > 1,
);

describe("intensities", () => {
  it.each(fixture.index.cases)("as NumPy and nibabel prepare them: $name", (one) => {
    const { image, original } = prepareImage(
      fixtureVolume(`${one.name}/image`, one.affine),
      { ...untouchedGrid, ctWindow: one.ctWindow, percentiles: one.percentiles },
      one.modality,
      one.name,
    );
    const expected = fixtureVolume(`${one.name}/prepared`, one.preparedAffine);
    expect(sameGrid(image, expected)).toBe(true);
    expect(original.affine).toEqual(one.affine);
    const furthest = expected.data.reduce((most, v, at) => Math.max(most, Math.abs(v - image.data[at]!)), 0);
    expect(furthest).toBeLessThan(1e-5);
  });

  it("do not depend on a scanner's scale and offset, except in CT, where numbers mean something", () => {
    const image = fixtureVolume("mr-default/image", affineFromSpacing([1, 1, 1]));
    const scaled = { ...image, data: image.data.map((value) => 3 * value + 700) };
    const prepare = (volume: Volume, modality: Modality) =>
      prepareImage(volume, untouchedGrid, modality, "image").image.data;
    const difference = (modality: Modality): number => {
      const [a, b] = [prepare(image, modality), prepare(scaled, modality)];
      return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
    };
    expect(difference("MR")).toBeLessThan(1e-4);
    expect(difference("CT")).toBeGreaterThan(0.1);
  });

  it("leave the volume that was given as it was", () => {
    const image = fixtureVolume("ct-narrow/image", affineFromSpacing([1, 1, 1]));
    const before = image.data.slice();
    prepareImage(image, untouchedGrid, "CT", "image");
    expect(image.data).toEqual(before);
  });

  it("are finite for every image with contrast, even where the window leaves one intensity", () => {
    fc.assert(
      fc.property(anyImage, fc.constantFrom<Modality>("CT", "MR"), (volume, modality) => {
        const { image } = prepareImage(volume, preparationSchema.parse({}), modality, "image");
        expect(image.data.every(Number.isFinite)).toBe(true);
      }),
    );
    // The first channel lies in the window, so that the image can be used; nothing is left of the second.
    const first = drawn([4, 4, 4], affineFromSpacing([1, 1, 1]), (i) => i);
    const bright = first.data.map((value) => 3000 + value);
    const both = { ...first, channels: 2, data: Float32Array.from([...first.data, ...bright]) };
    const { image } = prepareImage(both, untouchedGrid, "CT", "image");
    expect(image.data.subarray(bright.length).every((value) => value === 0)).toBe(true);
  });
});

describe("grids", () => {
  const shape: Shape = [24, 20, 16];
  const place = affineFromSpacing([1.5, -2, 3], [10, 40, -30]);
  const speckled = drawn(shape, place, (i, j, k) => ((i * 7 + j * 13 + k * 29) % 50) + i);

  it("fit: isotropic voxels, as many as asked along the longest side", () => {
    const preparation: Preparation = { ...untouchedGrid, spacing: { policy: "fit", voxels: 32 } };
    const { image } = prepareImage(speckled, preparation, "MR", "image");
    // 36 x 40 x 48 mm
    expect(image.shape).toEqual([24, 27, 32]);
    expect(orientationOf(image.affine)).toBe("RAS");
    expect(image.affine[0]).toBeCloseTo(1.5, 6);
    expect(image.affine[5]).toBeCloseTo(1.5, 6);
  });

  it("fixed: the millimetres asked for, along the patient's axes", () => {
    const preparation: Preparation = { ...untouchedGrid, spacing: { policy: "fixed", mm: [3, 4, 2] } };
    const { image } = prepareImage(speckled, preparation, "MR", "image");
    expect(image.shape).toEqual([12, 10, 24]);
  });

  it("labels go to the prepared grid and back unchanged where there is no resampling", () => {
    fc.assert(
      fc.property(anyImage, (volume) => {
        const { image, original } = prepareImage(volume, untouchedGrid, "MR", "image");
        const data = Uint8Array.from({ length: voxelCount(volume.shape) }, (_, at) => at % 3);
        const prepared = prepareLabels({ ...volume, channels: 1, data }, image);
        const back = restoreToOriginal({ ...prepared, data: Float32Array.from(prepared.data) }, original);
        expect(sameGrid(back, volume)).toBe(true);
        expect([...back.data]).toEqual([...data]);
      }),
    );
  });

  it.each<Preparation["spacing"]>([
    { policy: "fit", voxels: 40 },
    { policy: "fixed", mm: [1, 1.2, 1.4] },
    { policy: "native" },
  ])("every place in the patient keeps its value on the way back: %o", (spacing) => {
    const { image, original } = prepareImage(speckled, { ...untouchedGrid, spacing }, "MR", "image");
    const ramp = (grid: Grid): Volume<Float32Array> =>
      drawn(grid.shape, grid.affine, (i, j, k) => {
        const [x, y, z] = applyAffine(grid.affine, [i, j, k]);
        return 0.1 * x - 0.2 * y + 0.05 * z;
      });
    const back = restoreToOriginal(ramp(image), original);
    expect(sameGrid(back, speckled)).toBe(true);
    const expected = ramp(speckled);
    // Linear between voxel centres, so exact but for the outermost voxels.
    const inside = drawn(shape, place, (i, j, k) =>
      Number([i, j, k].every((index, axis) => index > 0 && index < shape[axis]! - 1)),
    );
    inside.data.forEach((is, at) => {
      if (is) expect(Math.abs(back.data[at]! - expected.data[at]!)).toBeLessThan(1e-4);
    });
  });

  it("is 0 outside the crop and exact inside it, on the way back", () => {
    const body = drawn([20, 20, 20], affineFromSpacing([2, 2, 2]), (i, j, k) =>
      Math.hypot(i - 8, j - 10, k - 12) < 4 ? 100 + i : 0,
    );
    const preparation = { ...untouchedGrid, cropToForeground: true };
    const { image, original } = prepareImage(body, preparation, "MR", "image");
    expect(voxelCount(image.shape)).toBeLessThan(13 ** 3);
    const ones = { ...image, data: new Float32Array(image.data.length).fill(1) };
    const back = restoreToOriginal(ones, original);
    const total = back.data.reduce((sum, value) => sum + value, 0);
    expect(total).toBe(voxelCount(image.shape));
    body.data.forEach((value, at) => {
      if (value > 0) expect(back.data[at]).toBe(1);
    });
  });
});

describe("cropping to the foreground", () => {
  const shape: Shape = [26, 24, 22];
  const grid = { shape, affine: affineFromSpacing([1, 1, 1]) };
  const within = ({ low, high }: { low: Vector; high: Vector }, at: Vector): boolean =>
    at.every((index, axis) => index >= low[axis]! && index < high[axis]!);

  it("keeps every voxel of a bright body, wherever it is, and drops air around it", () => {
    const radius = fc.integer({ min: 1, max: 6 });
    const centre = fc.tuple(...shape.map((size) => fc.integer({ min: 3, max: size - 4 })));
    fc.assert(
      fc.property(centre, fc.tuple(radius, radius, radius), fc.nat(), (middle, radii, seed) => {
        const body = (i: number, j: number, k: number): boolean =>
          Math.hypot(...[i, j, k].map((index, axis) => (index - middle[axis]!) / radii[axis]!)) <= 1;
        const noise = (i: number, j: number, k: number): number => (i * 31 + j * 17 + k * 7 + seed) % 5;
        const volume = drawn(shape, grid.affine, (i, j, k) => (body(i, j, k) ? 300 : 0) + noise(i, j, k));
        const box = foregroundBox(volume);
        const found = drawn(shape, grid.affine, (i, j, k) => Number(within(box, [i, j, k])));
        volume.data.forEach((value, at) => {
          if (value >= 300) expect(found.data[at]).toBe(1);
        });
        // A body of less than a hundredth of the image counts as noise of the air, and nothing is cut away.
        if (Math.min(...radii) < 4) return;
        box.low.forEach((low, axis) => {
          expect(low).toBe(Math.max(0, middle[axis]! - radii[axis]! - 2));
        });
        box.high.forEach((high, axis) => {
          expect(high).toBe(Math.min(shape[axis]!, middle[axis]! + radii[axis]! + 3));
        });
      }),
      { numRuns: 40 },
    );
  });

  it("keeps two legs, drops a speck", () => {
    const ball = (i: number, j: number, k: number, x: number, r: number): boolean =>
      Math.hypot(i - x, j - 11, k - 11) <= r;
    const volume = drawn(shape, grid.affine, (i, j, k) => {
      if (ball(i, j, k, 6, 4) || ball(i, j, k, 17, 3)) return 200;
      return i === 25 && j === 0 && k === 0 ? 900 : 0;
    });
    const box = foregroundBox(volume);
    expect(box.low).toEqual([0, 5, 5]);
    expect(box.high).toEqual([23, 18, 18]);
  });

  it("takes the whole image where everything is equally bright", () => {
    const volume = { ...grid, channels: 1, data: new Float32Array(voxelCount(shape)).fill(7) };
    expect(foregroundBox(volume)).toEqual({ low: [0, 0, 0], high: shape });
  });

  it("leaves places in the patient as they are", () => {
    const volume = drawn(shape, affineFromSpacing([-2, 1, 3], [5, 6, 7]), (i, j, k) =>
      Math.hypot(i - 9, j - 12, k - 8) < 5 ? 50 + i + 2 * j + 3 * k : 0,
    );
    const preparation = { ...untouchedGrid, cropToForeground: true };
    const { image } = prepareImage(volume, preparation, "MR", "image");
    const brightest = image.data.indexOf(Math.max(...image.data));
    const [ni, nj] = image.shape;
    const voxel: Vector = [
      brightest % ni,
      Math.floor(brightest / ni) % nj,
      Math.floor(brightest / (ni * nj)),
    ];
    const [i, j, k] = applyAffine(invertAffine(volume.affine), applyAffine(image.affine, voxel)).map(
      Math.round,
    );
    expect(Math.hypot(i! - 9, j! - 12, k! - 8)).toBeLessThan(5);
  });
});

describe("images that cannot be used", () => {
  const good = drawn([3, 4, 5], affineFromSpacing([1, 1, 1]), (i, j, k) => i + j + k);
  const expectRefusal = (volume: Volume, message: RegExp): void => {
    for (const modality of ["CT", "MR"] as const) {
      const prepare = () => prepareImage(volume, preparationSchema.parse({}), modality, "scan.nii");
      expect(prepare).toThrow(UserError);
      expect(prepare).toThrow(message);
    }
  };

  it("has one voxel, in any channel, that is not finite", () => {
    const two = { ...good, channels: 2, data: Float32Array.from([...good.data, ...good.data]) };
    fc.assert(
      fc.property(
        fc.nat({ max: two.data.length - 1 }),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        (at, value) => {
          const data = two.data.slice();
          data[at] = value;
          expectRefusal({ ...two, data }, /^scan\.nii: found voxels that are not finite/);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("is flat", () => {
    expectRefusal({ ...good, data: good.data.map(() => -7) }, /the same intensity -7 everywhere/);
  });

  it.each([
    ["above", 3000],
    ["below", -2000],
  ])("is called CT and lies %s the window", (_where, offset) => {
    const image = drawn([3, 4, 5], affineFromSpacing([1, 1, 1]), (i) => offset + i);
    const prepare = (modality: Modality) =>
      prepareImage(image, preparationSchema.parse({}), modality, "scan.nii");
    expect(() => prepare("CT")).toThrow(UserError);
    expect(() => prepare("CT")).toThrow(
      `scan.nii: found a CT with intensities from ${offset} to ${offset + 2}, expected intensities inside the window from -1000 to 2000`,
    );
    expect(prepare("MR").image.data.some((value) => value !== 0)).toBe(true);
  });

  it.each([0, 1, 2])("has a single voxel along axis %i", (axis) => {
    const shape = [3, 4, 5].map((size, at) => (at === axis ? 1 : size)) as unknown as Shape;
    expectRefusal(
      drawn(shape, good.affine, (i, j, k) => i + j + k),
      /scan\.nii: found an image of [\d x]+ voxels, expected a 3-D image/,
    );
  });
});
