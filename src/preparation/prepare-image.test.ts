import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { UserError } from "../base/index.js";
import {
  type Affine,
  affineFromSpacing,
  applyAffine,
  type Grid,
  gridWithSpacing,
  invertAffine,
  type Modality,
  orientationOf,
  reorient,
  resample,
  type Shape,
  sameGrid,
  spacingOf,
  type Vector,
  type Volume,
  voxelCount,
} from "../volume/index.js";
import {
  foregroundBox,
  type Normaliser,
  type Placement,
  type Preparation,
  preparationSchema,
  prepareImage,
  prepareLabels,
  restoredSlabs,
  seenGrid,
} from "./index.js";

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

/** Whether a voxel of another grid lies between the outermost voxel centres of `grid`. */
function insideCentres(grid: Grid): (other: Grid, at: number) => boolean {
  const toGrid = invertAffine(grid.affine);
  return ({ shape, affine }, at) => {
    const voxel: Vector = [
      at % shape[0],
      Math.floor(at / shape[0]) % shape[1],
      Math.floor(at / shape[0] / shape[1]),
    ];
    const place = applyAffine(toGrid, applyAffine(affine, voxel));
    return place.every((value, axis) => value >= -1e-6 && value <= grid.shape[axis]! - 1 + 1e-6);
  };
}

/** Images that can be prepared: two voxels along each axis and two intensities in each channel at least. */
const anyImage = anyVolume.filter(
  ({ shape, channels, data }) =>
    shape.every((size) => size > 1) &&
    Array.from({ length: channels }, (_, channel) =>
      data.subarray((channel * data.length) / channels, ((channel + 1) * data.length) / channels),
    ).every((values) => new Set(values as Float32Array).size > 1),
);

const millimetres = fc.double({ min: 0.3, max: 9, noNaN: true });
const anySpacing: fc.Arbitrary<Preparation["spacing"]> = fc.oneof(
  fc.record({
    policy: fc.constant("fixed" as const),
    mm: fc.tuple(millimetres, millimetres, millimetres),
  }),
  fc.record({ policy: fc.constant("fit" as const), voxels: fc.integer({ min: 16, max: 40 }) }),
);

/** The modality of every channel. */
const all = (volume: Volume, modality: Modality): Modality[] =>
  Array.from({ length: volume.channels }, () => modality);

const prepared = (volume: Volume, preparation: Preparation, modality: Modality, name = "image") =>
  prepareImage(volume, preparation, all(volume, modality), name);

/** All slabs of a restoration as one volume on the file's grid. */
function restored(values: Volume<Float32Array>, placement: Placement, outside = 0): Volume<Float32Array> {
  const { shape, affine } = placement.original;
  const [slice, voxels] = [shape[0] * shape[1], voxelCount(shape)];
  const data = new Float32Array(voxels * values.channels).fill(Number.NaN);
  const fill = Array.from({ length: values.channels }, () => outside);
  for (const { firstSlice, slices, data: part } of restoredSlabs(values, placement, fill)) {
    for (let channel = 0; channel < values.channels; channel++) {
      const from = channel * slices * slice;
      data.set(part.subarray(from, from + slices * slice), channel * voxels + firstSlice * slice);
    }
  }
  return { shape, affine, channels: values.channels, data };
}

describe("intensities", () => {
  it.each(fixture.index.cases)("as NumPy and nibabel prepare them: $name", (one) => {
    const [low, high] = one.ctWindow;
    const [darkest, brightest] = one.percentiles;
    const window: Normaliser = [{ step: "clip", low, high }, { step: "z-score" }];
    const between: Normaliser = [
      { step: "clip-percentiles", low: darkest, high: brightest },
      { step: "z-score" },
    ];
    const intensities = { CT: window, MR: between, PET: between, US: between, other: between };
    const { image, placement } = prepared(
      fixtureVolume(`${one.name}/image`, one.affine),
      { ...untouchedGrid, intensities },
      one.modality,
    );
    const expected = fixtureVolume(`${one.name}/prepared`, one.preparedAffine);
    expect(sameGrid(image, expected)).toBe(true);
    expect(placement.original.affine).toEqual(one.affine);
    const furthest = expected.data.reduce((most, v, at) => Math.max(most, Math.abs(v - image.data[at]!)), 0);
    expect(furthest).toBeLessThan(1e-5);
  });

  it("do not depend on a scanner's scale and offset, except in CT, where numbers mean something", () => {
    const image = fixtureVolume("mr-default/image", affineFromSpacing([1, 1, 1]));
    const scaled = { ...image, data: image.data.map((value) => 3 * value + 700) };
    const prepare = (volume: Volume, modality: Modality) =>
      prepared(volume, untouchedGrid, modality).image.data;
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
    for (const modality of ["CT", "MR"] as const) prepared(image, untouchedGrid, modality);
    expect(image.data).toEqual(before);
  });

  it("are finite for every image with contrast, even where the window leaves one intensity", () => {
    fc.assert(
      fc.property(anyImage, fc.constantFrom<Modality>("CT", "MR"), (volume, modality) => {
        const { image } = prepared(volume, preparationSchema.parse({}), modality);
        expect(image.data.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it("go by each channel's own modality", () => {
    const ct = drawn([6, 5, 4], affineFromSpacing([1, 1, 1]), (i, j, k) => -1500 + 150 * (i + j + k));
    const pet = drawn([6, 5, 4], affineFromSpacing([1, 1, 1]), (i, j, k) => 3000 * (i * j + k));
    const both = { ...ct, channels: 2, data: Float32Array.from([...ct.data, ...pet.data]) };
    const { image } = prepareImage(both, untouchedGrid, ["CT", "PET"], "image");
    const alone = [prepared(ct, untouchedGrid, "CT"), prepared(pet, untouchedGrid, "PET")];
    expect([...image.data]).toEqual(alone.flatMap(({ image: { data } }) => [...data]));
    expect(new Set(image.data.subarray(pet.data.length)).size).toBeGreaterThan(15);
    expect(() => prepareImage(both, untouchedGrid, ["CT"], "scan.nii")).toThrow(
      /scan\.nii: found 2 channels and 1 modalities \(CT\)/,
    );
  });

  it("stay inside a CT's window where interpolation overshoots", () => {
    const edges = drawn([12, 12, 12], affineFromSpacing([2, 2, 2]), (i, j, k) =>
      (i + j + k) % 5 < 2 ? -3000 : 1900,
    );
    const { image } = prepared(
      edges,
      preparationSchema.parse({
        spacing: { policy: "fixed", mm: [1.1, 1.2, 1.3] },
        interpolation: "cubic",
        intensities: { CT: [{ step: "clip", low: -1000, high: 2000 }] },
      }),
      "CT",
    );
    expect(Math.min(...image.data)).toBe(-1000);
    expect(Math.max(...image.data)).toBe(2000);
  });

  it.each([-2000, -3024])(
    "a CT whose corners hold %i is prepared as one whose corners hold air",
    (padding) => {
      const body = (corner: number, spacing: number): Volume =>
        drawn([40, 40, 12], affineFromSpacing([spacing, spacing, 3]), (i, j, k) => {
          const radius = Math.hypot(i - 19.5, j - 19.5);
          if (radius > 19.5) return corner;
          return radius < 9 ? 40 + 5 * k + i : -1000;
        });
      for (const policy of [{ policy: "fit", voxels: 23 }, { policy: "native" }] as const) {
        const preparation = preparationSchema.parse({ spacing: policy });
        const [usual, padded] = [-1000, padding].map((corner) =>
          prepared(body(corner, 1.3), preparation, "CT"),
        );
        expect(padded!.placement).toEqual(usual!.placement);
        expect([...padded!.image.data]).toEqual([...usual!.image.data]);
      }
    },
  );
});

describe("grids", () => {
  const shape: Shape = [24, 20, 16];
  const place = affineFromSpacing([1.5, -2, 3], [10, 40, -30]);
  const speckled = drawn(shape, place, (i, j, k) => ((i * 7 + j * 13 + k * 29) % 50) + i);

  it("fit: isotropic voxels, as many as asked along the longest side", () => {
    const preparation: Preparation = { ...untouchedGrid, spacing: { policy: "fit", voxels: 32 } };
    const { image } = prepared(speckled, preparation, "MR");
    // 36 x 40 x 48 mm
    expect(image.shape).toEqual([24, 27, 32]);
    expect(orientationOf(image.affine)).toBe("RAS");
    expect(image.affine[0]).toBeCloseTo(1.5, 6);
    expect(image.affine[5]).toBeCloseTo(1.5, 6);
  });

  it("budget: never more voxels than asked, the finest axes made coarser first, none made finer", () => {
    const budgets = fc.integer({ min: 4096, max: 60000 });
    const side = fc.integer({ min: 2, max: 60 });
    const millimetres = fc.constantFrom(0.15, 0.4, 1, 3.3, 5);
    const shapes = fc.tuple(side, side, side);
    const sides = fc.tuple(millimetres, millimetres, millimetres);
    fc.assert(
      fc.property(shapes, sides, budgets, (shape, spacing, voxels) => {
        const volume = drawn(shape, affineFromSpacing(spacing), (i, j, k) => (7 * i + 5 * j + 3 * k) % 11);
        const policy = { ...untouchedGrid, spacing: { policy: "budget", voxels } } as const;
        const { image } = prepared(volume, policy, "MR");
        const found = spacingOf(image.affine);
        expect(voxelCount(image.shape)).toBeLessThanOrEqual(voxels);
        if (voxelCount(shape) <= voxels) expect(image.shape).toEqual(shape);
        const coarsened = found.filter((mm, axis) => mm > spacing[axis]! * 1.0001);
        found.forEach((mm, axis) => {
          expect(mm).toBeGreaterThanOrEqual(spacing[axis]! * 0.9999);
          // Whatever was made coarser is now as long as the others that were, and as no other is shorter.
          for (const other of coarsened) expect(mm).toBeGreaterThan(other * 0.9999);
        });
        // Hardly finer voxels would be too many.
        if (coarsened.length > 0) {
          const finer = found.map((mm, axis) =>
            Math.max(spacing[axis]!, Math.min(mm, coarsened[0]! * 0.999)),
          );
          const count = finer.reduce(
            (all, mm, axis) => all * Math.round((shape[axis]! * spacing[axis]!) / mm),
            1,
          );
          expect(count).toBeGreaterThan(voxels * 0.999);
        }
      }),
    );
  });

  it("antialiasing: stripes finer than the prepared voxels leave none behind, in any channel", () => {
    const stripes = drawn(
      [60, 30, 20],
      affineFromSpacing([1, 1, 3]),
      (i, j) => ((i + j) % 2) * 100 + (i >= 30 ? 500 : 0),
    );
    const coarse: Preparation = { ...untouchedGrid, spacing: { policy: "fixed", mm: [3, 3, 3] } };
    const spread = (antialiasing: boolean | undefined): number => {
      const { image } = prepared(stripes, { ...coarse, antialiasing }, "MR");
      const left = Array.from(image.data).filter((_, at) => at % image.shape[0] < 7);
      return Math.max(...left) - Math.min(...left);
    };
    expect(spread(true)).toBeLessThan(0.02 * spread(false));
    expect(spread(undefined)).toBe(spread(false));
    // Of voxels that do not get coarser nothing is taken.
    const native = prepared(stripes, untouchedGrid, "MR").image.data;
    expect(prepared(stripes, { ...untouchedGrid, antialiasing: true }, "MR").image.data).toEqual(native);
  });

  it("the grids that may be chosen are those that images are then brought to", () => {
    fc.assert(
      fc.property(anyImage, anySpacing, fc.boolean(), (volume, spacing, cropToForeground) => {
        const preparation = { ...untouchedGrid, cropToForeground, spacing };
        const { image, placement } = prepared(volume, preparation, "MR");
        const found = seenGrid(volume, preparation, all(volume, "MR"), "scan.nii").gridWith(spacing);
        expect(found.grid.shape).toEqual(image.shape);
        expect(found.grid.affine).toEqual(image.affine);
        expect(found.placement).toEqual(placement);
      }),
    );
  });

  it("fixed: the millimetres asked for, along the patient's axes", () => {
    const preparation: Preparation = { ...untouchedGrid, spacing: { policy: "fixed", mm: [3, 4, 2] } };
    const { image } = prepared(speckled, preparation, "MR");
    expect(image.shape).toEqual([12, 10, 24]);
  });

  it("labels go to the prepared grid and back unchanged where there is no resampling", () => {
    fc.assert(
      fc.property(anyImage, (volume) => {
        const { image, placement } = prepared(volume, untouchedGrid, "MR");
        const data = Uint8Array.from({ length: voxelCount(volume.shape) }, (_, at) => at % 3);
        const target = prepareLabels({ ...volume, channels: 1, data }, image);
        const back = restored({ ...target, data: Float32Array.from(target.data) }, placement);
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
    const { image, placement } = prepared(speckled, { ...untouchedGrid, spacing }, "MR");
    // Only ramps along an axis whose ends the prepared grid reaches are exact there; elsewhere the ends are extended.
    const ramp = (grid: Grid): Volume<Float32Array> =>
      drawn(grid.shape, grid.affine, (i, j, k) => {
        const [x, y, z] = applyAffine(grid.affine, [i, j, k]);
        return 0.1 * x - 0.2 * y + 0.05 * z;
      });
    const back = restored(ramp(image), placement, Number.NaN);
    expect(sameGrid(back, speckled)).toBe(true);
    const expected = ramp(speckled);
    const half = spacingOf(image.affine).map((mm) => mm / 2) as [number, number, number];
    const most = 0.1 * half[0] + 0.2 * half[1] + 0.05 * half[2];
    const reached = insideCentres(image);
    expected.data.forEach((value, at) => {
      const away = Math.abs(back.data[at]! - value);
      expect(away).toBeLessThan(reached(speckled, at) ? 1e-4 : most + 1e-4);
    });
  });

  it("nothing that the network saw is left out on the way back, whatever the grids", () => {
    fc.assert(
      fc.property(anyImage, anySpacing, (volume, policy) => {
        const { image, placement } = prepared(volume, { ...untouchedGrid, spacing: policy }, "MR");
        const ones = { ...image, data: new Float32Array(image.data.length).fill(1) };
        const back = restored(ones, placement, Number.NaN);
        expect(back.data.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
      }),
    );
    // 192 x 193 x 194 voxels of 1 mm to 64 along the longest side: both outermost planes were lost.
    const large = drawn([192, 193, 194], affineFromSpacing([1, 1, 1]), (i, j, k) => (i ^ j ^ k) & 1);
    const fit = { ...untouchedGrid, spacing: { policy: "fit", voxels: 64 } } as const;
    const { image, placement } = prepared(large, fit, "MR");
    const ones = { ...image, data: new Float32Array(image.data.length).fill(1) };
    for (const { data } of restoredSlabs(ones, placement, [0])) {
      expect(data.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
    }
  });

  it("values are interpolated on the way back as from all of them at once", () => {
    fc.assert(
      fc.property(anyImage, anySpacing, fc.boolean(), (volume, spacing, cropToForeground) => {
        const { image, placement } = prepared(volume, { ...untouchedGrid, spacing, cropToForeground }, "MR");
        const back = restored(image, placement, Number.NaN);
        const whole = resample(image, volume, "linear", Number.NaN);
        back.data.forEach((value, at) => {
          if (!Number.isNaN(value) && !Number.isNaN(whole.data[at])) expect(value).toBe(whole.data[at]);
        });
        expect(back.data.some(Number.isFinite)).toBe(true);
      }),
    );
  });

  it("several pieces on the way back join without a seam", () => {
    const file: Grid = { shape: [1024, 1024, 20], affine: affineFromSpacing([0.5, 0.5, -3], [9, 8, 7]) };
    const grid = gridWithSpacing(file, [32, 32, 2.2]);
    const values = drawn(grid.shape, grid.affine, (i, j, k) => ((7 * i + 5 * j + 3 * k) % 11) + k);
    const placement = { original: file, seen: { low: [0, 0, 0], high: file.shape } } as const;
    const whole = resample(values, file, "linear", Number.NaN);
    let slices = 0;
    for (const slab of restoredSlabs(values, placement, [0])) {
      expect(slab.firstSlice).toBe(slices);
      const same = whole.data.subarray(slices * 1024 * 1024, (slices + slab.slices) * 1024 * 1024);
      expect(slab.data.every((value, at) => Math.abs(value - same[at]!) < 1e-5)).toBe(true);
      slices += slab.slices;
    }
    expect(slices).toBe(20);
  });

  it("masks come back from finer voxels unchanged", () => {
    fc.assert(
      fc.property(anyImage, fc.array(fc.boolean(), { minLength: 3, maxLength: 30 }), (volume, drawnMask) => {
        const thirds = spacingOf(reorient(volume, "RAS").affine).map((mm) => mm / 3);
        const spacing = { policy: "fixed", mm: thirds as [number, number, number] } as const;
        const { image, placement } = prepared(volume, { ...untouchedGrid, spacing }, "MR");
        const data = Uint8Array.from({ length: voxelCount(volume.shape) }, (_, at) =>
          Number(drawnMask[(at * 11) % drawnMask.length]),
        );
        const target = prepareLabels({ ...volume, channels: 1, data }, image);
        const back = restored({ ...target, data: Float32Array.from(target.data) }, placement);
        expect([...back.data].map((value) => Number(value > 0.5))).toEqual([...data]);
      }),
    );
  });

  it("too big for all channels together are refused by the image's name", () => {
    const one = drawn([10, 10, 10], affineFromSpacing([1, 1, 1]), (i) => i);
    const two = { ...one, channels: 2, data: Float32Array.from([...one.data, ...one.data]) };
    const at = (mm: number): Preparation => ({
      ...untouchedGrid,
      spacing: { policy: "fixed", mm: [mm, mm, mm] },
    });
    expect(() => prepared(one, at(0.005), "MR", "scan.nii")).toThrow(
      /^scan\.nii, spacing: found a grid of 2000 x 2000 x 2000 voxels and 1 channel,/,
    );
    expect(() => prepared(two, at(0.01), "MR", "scan.nii")).toThrow(
      /^scan\.nii, spacing: found a grid of 1000 x 1000 x 1000 voxels and 2 channels,/,
    );
  });

  it("many channels come back in bounded memory", () => {
    const grid = drawn([512, 512, 3], affineFromSpacing([0.5, 0.5, 5]), (i) => i);
    const { image, placement } = prepared(
      grid,
      { ...untouchedGrid, spacing: { policy: "fit", voxels: 16 } },
      "MR",
    );
    const channels = 40;
    const voxels = voxelCount(image.shape);
    const values: Volume<Float32Array> = {
      ...image,
      channels,
      data: Float32Array.from({ length: channels * voxels }, (_, at) => Math.floor(at / voxels)),
    };
    const outside = Array.from({ length: channels }, () => Number.NaN);
    const slabs = [...restoredSlabs(values, placement, outside)];
    expect(slabs.map(({ firstSlice, slices }) => [firstSlice, slices])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    for (const { data } of slabs) {
      expect(data.length).toBe(channels * 512 * 512);
      expect(data.every((value, at) => value === Math.floor(at / (512 * 512)))).toBe(true);
    }
  });

  it("is what the caller says outside the crop, and exact inside it, on the way back", () => {
    const body = drawn([20, 20, 20], affineFromSpacing([2, 2, 2]), (i, j, k) =>
      Math.hypot(i - 8, j - 10, k - 12) < 4 ? 100 + i : 0,
    );
    const preparation = { ...untouchedGrid, cropToForeground: true };
    const { image, placement } = prepared(body, preparation, "MR");
    expect(voxelCount(image.shape)).toBeLessThan(13 ** 3);
    const ones = { ...image, data: new Float32Array(image.data.length).fill(1) };
    const back = restored(ones, placement, 5);
    const inside = back.data.filter((value) => value === 1).length;
    expect(inside).toBe(voxelCount(image.shape));
    expect(back.data.filter((value) => value === 5).length).toBe(voxelCount(body.shape) - inside);
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
        const box = foregroundBox(volume.data, shape);
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
    const box = foregroundBox(volume.data, shape);
    expect(box.low).toEqual([0, 5, 5]);
    expect(box.high).toEqual([23, 18, 18]);
  });

  it("takes the whole image where everything is equally bright", () => {
    const volume = { ...grid, channels: 1, data: new Float32Array(voxelCount(shape)).fill(7) };
    expect(foregroundBox(volume.data, shape)).toEqual({ low: [0, 0, 0], high: shape });
  });

  it("leaves places in the patient as they are", () => {
    const volume = drawn(shape, affineFromSpacing([-2, 1, 3], [5, 6, 7]), (i, j, k) =>
      Math.hypot(i - 9, j - 12, k - 8) < 5 ? 50 + i + 2 * j + 3 * k : 0,
    );
    const preparation = { ...untouchedGrid, cropToForeground: true };
    const { image } = prepared(volume, preparation, "MR");
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
      const prepare = () => prepared(volume, preparationSchema.parse({}), modality, "scan.nii");
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
          expectRefusal({ ...two, data }, /^scan\.nii, channel [01]: found voxels that are not finite/);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("has a channel that is flat, or of which its window leaves nothing", () => {
    const second = (value: (at: number) => number): Volume => ({
      ...good,
      channels: 2,
      data: Float32Array.from([...good.data, ...good.data.map((_, at) => value(at))]),
    });
    const prepare = (volume: Volume) => () =>
      prepareImage(volume, preparationSchema.parse({}), ["MR", "CT"], "scan.nii");
    expect(prepare(second(() => 7))).toThrow(/scan\.nii, channel 1: found the same intensity 7 everywhere/);
    expect(prepare(second((at) => 3000 + at))).toThrow(/scan\.nii, channel 1: found CT with intensities/);
  });

  it("has intensities that single precision cannot hold, or tell apart", () => {
    const doubles = (value: (at: number) => number): Volume => ({
      ...good,
      data: Float64Array.from(good.data, (_, at) => value(at)),
    });
    expectRefusal(
      doubles((at) => 1e38 * at),
      /^scan\.nii: found intensities from 0 to 5\.9e\+39, expected/,
    );
    expectRefusal(
      doubles((at) => 500 + 1e-9 * at),
      /^scan\.nii: found the same intensity 500 everywhere/,
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
      prepared(image, preparationSchema.parse({}), modality, "scan.nii");
    expect(() => prepare("CT")).toThrow(UserError);
    expect(() => prepare("CT")).toThrow(
      `scan.nii: found CT with intensities from ${offset} to ${offset + 2}, expected intensities inside the window from -1000 to 2000`,
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
