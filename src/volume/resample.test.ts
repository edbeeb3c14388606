import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyVolume, turned } from "../../test/any-volume.js";
import { UserError } from "../base/index.js";
import {
  type Affine,
  affineFromSpacing,
  crop,
  type Grid,
  gridWithSpacing,
  invertAffine,
  multiplyAffines,
  pad,
  reorient,
  resample,
  resampleLabels,
  type Shape,
  sameGrid,
  type Volume,
} from "./index.js";

interface Target {
  readonly name: string;
  readonly shape: Shape;
  readonly affine: Affine;
  readonly nearest: number[];
  readonly linear: number[];
  readonly cubic: number[];
  readonly labels: number[];
}

const oracle = JSON.parse(readFileSync("test/oracle/fixtures/resample.json", "utf8")) as {
  source: { shape: Shape; affine: Affine; data: number[]; labels: number[] };
  targets: Target[];
  thin: { shape: Shape; data: number[]; affine: Affine; target: Shape; linear: number[]; cubic: number[] };
};
const { shape, affine } = oracle.source;
const image: Volume<Float32Array> = {
  shape,
  affine,
  channels: 1,
  data: Float32Array.from(oracle.source.data),
};
const labels: Volume<Uint8Array> = {
  shape,
  affine,
  channels: 1,
  data: Uint8Array.from(oracle.source.labels),
};

function furthest(found: Float32Array, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return found.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
}

describe("SciPy's values", () => {
  for (const interpolation of ["nearest", "linear", "cubic"] as const) {
    test.each(oracle.targets)(`${interpolation} on the $name grid`, (target) => {
      const found = resample(image, target, interpolation, -7);
      expect(found.shape).toEqual(target.shape);
      expect(furthest(found.data as Float32Array, target[interpolation])).toBeLessThan(2e-4);
    });
  }

  test.each(oracle.targets)("labels on the $name grid", (target) => {
    expect([...resampleLabels(labels, target).data]).toEqual(target.labels);
  });

  test("axes of one and two voxels", () => {
    const thin: Volume = {
      shape: oracle.thin.shape,
      affine: affineFromSpacing([1, 1, 1]),
      channels: 1,
      data: Float32Array.from(oracle.thin.data),
    };
    const target = { shape: oracle.thin.target, affine: oracle.thin.affine };
    expect(furthest(resample(thin, target, "linear").data, oracle.thin.linear)).toBeLessThan(1e-6);
    expect(furthest(resample(thin, target, "cubic").data, oracle.thin.cubic)).toBeLessThan(1e-6);
  });
});

test("the separable and the general way agree: a hair of rotation changes a hair of the result", () => {
  const target = oracle.targets.find(({ name }) => name === "finer")!;
  const nudged: Grid = { shape: target.shape, affine: multiplyAffines(turned(1e-4), target.affine) };
  for (const interpolation of ["linear", "cubic"] as const) {
    const [fast, slow] = [resample(image, target, interpolation), resample(image, nudged, interpolation)];
    const differences = fast.data.map((value, at) => Math.abs(value - slow.data[at]!));
    // Voxels at the border may fall on the other side of it, hence not the maximum.
    expect(differences.toSorted()[Math.floor(differences.length * 0.9)]).toBeLessThan(0.5);
  }
});

test("the own grid gives the voxels themselves, whatever the interpolation", () => {
  fc.assert(
    fc.property(anyVolume, fc.constantFrom("nearest", "linear", "cubic"), (volume, interpolation) => {
      expect([...resample(volume, volume, interpolation).data]).toEqual([...volume.data]);
      expect(resampleLabels(volume, volume)).toEqual(volume);
    }),
    { numRuns: 100 },
  );
});

test("grids swapped, flipped and cropped from the volume's give exact voxels", () => {
  fc.assert(
    fc.property(anyVolume, fc.constantFrom("LPS", "SAR", "IRP"), (volume, orientation) => {
      const other = reorient(volume, orientation);
      const part = crop(other, [0, 0, 0], [1, other.shape[1], other.shape[2]]);
      expect([...resample(volume, part, "cubic").data]).toEqual([...part.data]);
      expect([...resampleLabels(volume, part).data]).toEqual([...part.data]);
    }),
    { numRuns: 60 },
  );
});

test("labels: no value is invented", () => {
  const grids = fc.record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 7 }),
    ),
    spacing: fc.tuple(...Array.from({ length: 3 }, () => fc.double({ min: 0.3, max: 4, noNaN: true }))),
    angle: fc.double({ min: -3, max: 3, noNaN: true }),
  });
  fc.assert(
    fc.property(anyVolume, grids, (volume, { shape, spacing, angle }) => {
      const affine = multiplyAffines(turned(angle), affineFromSpacing(spacing as [number, number, number]));
      const found = resampleLabels(volume, { shape, affine });
      expect(found.data.constructor).toBe(volume.data.constructor);
      const known = new Set([0, ...volume.data]);
      expect([...found.data].every((value) => known.has(value))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test("labels: a tie goes to the nearest voxel's label", () => {
  const pair: Volume<Uint8Array> = {
    shape: [2, 1, 1],
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data: Uint8Array.of(1, 2),
  };
  const middle: Grid = { shape: [1, 1, 1], affine: affineFromSpacing([1, 1, 1], [0.5, 0, 0]) };
  expect(resampleLabels(pair, middle).data[0]).toBe(2);
  expect(resample(pair, middle, "nearest").data[0]).toBe(2);
});

test("half a voxel around the image belongs to it, farther out is outside", () => {
  const line: Volume = {
    shape: [2, 1, 1],
    affine: affineFromSpacing([2, 2, 2]),
    channels: 1,
    data: Float32Array.of(10, 20),
  };
  const at = (x: number): number =>
    resample(line, { shape: [1, 1, 1], affine: affineFromSpacing([1, 1, 1], [x, 0, 0]) }, "linear", -1)
      .data[0]!;
  expect([-1.01, -1, -0.5, 0, 0.5, 2, 3, 3.01].map(at)).toEqual([-1, 10, 10, 10, 12.5, 20, 20, -1]);
});

test("a NaN reaches only the samples it takes part in", () => {
  const data = new Float32Array(27).fill(1);
  data[13] = Number.NaN;
  const volume: Volume = { shape: [3, 3, 3], affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
  const linear = resample(volume, gridWithSpacing(volume, [0.5, 1, 1]), "linear").data;
  expect([...linear].filter(Number.isNaN).length).toBe(4);
});

test("channels go along", () => {
  const data = Float32Array.from(
    { length: 2 * image.data.length },
    (_, at) => image.data[at % image.data.length]! * (at < image.data.length ? 1 : -2),
  );
  for (const target of oracle.targets) {
    for (const interpolation of ["nearest", "linear", "cubic"] as const) {
      const one = resample(image, target, interpolation).data;
      const two = resample({ ...image, channels: 2, data }, target, interpolation).data;
      expect(two.subarray(0, one.length)).toEqual(one);
      two.subarray(one.length).forEach((value, at) => {
        expect(value).toBeCloseTo(-2 * one[at]!, 2);
      });
    }
  }
});

test("sizes are refused before memory is taken, and values that do not fit", () => {
  expect(() => resample(image, { shape: [50_000, 50_000, 50_000], affine }, "linear")).toThrow(UserError);
  expect(() => resampleLabels(labels, { shape: [50_000, 50_000, 50_000], affine })).toThrow(UserError);
  expect(() => resample(labels, labels, "nearest", -1)).toThrow(RangeError);
  expect(() => resample({ ...image, affine: new Array(16).fill(0) }, image, "linear")).toThrow(RangeError);
  // As many voxels as there may be, and twice the bytes.
  const wide = { ...labels, data: Float64Array.from(labels.data) };
  const full = { shape: [1024, 1024, 1024], affine } as const;
  for (const work of [
    () => resample(wide, full, "nearest"),
    () => resampleLabels(wide, full),
    () => pad(wide, [0, 0, 0], [1024, 1024, 1023]),
  ]) {
    expect(work).toThrow(/at most 536870912 in all/);
  }
});

describe("gridWithSpacing", () => {
  test("keeps centre, directions and, to rounding, field of view", () => {
    const grid: Grid = { shape, affine };
    const finer = gridWithSpacing(grid, [0.5, 0.5, 0.5]);
    expect(finer.shape).toEqual([14, 16, 21]);
    const there = multiplyAffines(invertAffine(finer.affine), affine);
    const centre = [0, 1, 2].map((row) =>
      [3, 2.5, 2].reduce((sum, x, axis) => sum + there[row * 4 + axis]! * x, there[row * 4 + 3]!),
    );
    [6.5, 7.5, 10].forEach((middle, axis) => {
      expect(centre[axis]).toBeCloseTo(middle, 9);
    });
    expect(resample(image, finer, "linear", Number.NaN).data.some(Number.isNaN)).toBe(false);
  });

  test("the spacing it has gives the same grid; nonsense is refused", () => {
    fc.assert(
      fc.property(anyVolume, (volume) => {
        const mm = [0, 1, 2].map((axis) =>
          Math.hypot(volume.affine[axis]!, volume.affine[4 + axis]!, volume.affine[8 + axis]!),
        );
        expect(sameGrid(gridWithSpacing(volume, mm as [number, number, number]), volume, 1e-9)).toBe(true);
      }),
    );
    expect(() => gridWithSpacing(image, [0, 1, 1])).toThrow(UserError);
    expect(() => gridWithSpacing(image, [1e-4, 1e-4, 1e-4])).toThrow(UserError);
  });
});

test("128^3 voxels are quick: linear well under half a second", () => {
  const data = Float32Array.from({ length: 128 ** 3 }, (_, at) => at % 97);
  const volume: Volume = { shape: [128, 128, 128], affine: affineFromSpacing([1, 1, 1]), channels: 1, data };
  const target: Grid = {
    shape: [128, 128, 128],
    affine: affineFromSpacing([0.9, 0.9, 0.9], [3.3, 3.3, 3.3]),
  };
  resample(volume, { shape: [16, 16, 16], affine: target.affine }, "linear");
  const started = performance.now();
  resample(volume, target, "linear");
  // The bound on an idle machine; a busy one may take a few times as long.
  expect(performance.now() - started).toBeLessThan(1500);
});
