import fc from "fast-check";
import { expect, it } from "vitest";
import { anyVolume } from "../../test/any-volume.js";
import { labelVoxels } from "../labels/index.js";
import { dice } from "../metrics/index.js";
import {
  type Preparation,
  preparationSchema,
  prepareImage,
  prepareLabels,
  restoredSlabs,
} from "../preparation/index.js";
import { affineFromSpacing, type Volume, voxelCount } from "../volume/index.js";
import { resolutionCeiling } from "./resolution-ceiling.js";

/** Two balls, the second one small, and noise around them; the first image axis runs to the left. */
function balls(shape: readonly [number, number, number], spacing: readonly [number, number, number]) {
  const [ni, nj] = shape;
  const values = Float32Array.from({ length: voxelCount(shape) }, (_, at) => (at * 7919) % 13);
  const organ = (at: number): number => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    const away = (x: number, y: number, z: number): number =>
      Math.hypot((i - x) * spacing[0], (j - y) * spacing[1], (k - z) * spacing[2]);
    if (away(shape[0] * 0.4, shape[1] * 0.5, shape[2] * 0.5) < 8) return 1;
    return away(shape[0] * 0.8, shape[1] * 0.6, shape[2] * 0.5) < 3.5 ? 2 : 0;
  };
  const affine = affineFromSpacing([-spacing[0], spacing[1], spacing[2]], [3, 4, 5]);
  const image: Volume<Float32Array> = { shape, affine, channels: 1, data: values };
  const selected: Volume<Uint8Array> = { ...image, data: Uint8Array.from(values, (_, at) => organ(at)) };
  return { image, selected };
}

const preparationOf = (spacing: Preparation["spacing"]): Preparation =>
  preparationSchema.parse({ cropToForeground: false, spacing });

const placeOf = (image: Volume, preparation: Preparation) => {
  const prepared = prepareImage(image, preparation, Array<"MR">(image.channels).fill("MR"), "scan");
  return { grid: prepared.image, placement: prepared.placement };
};

const SHARED = { channels: 1, labelMode: "shared" } as const;

it("is what the whole reference gives on the way through the pipeline", () => {
  // The ends are tried most often: with round ones voxel centres lie midway between two labels, where rounding decides.
  const millimetres = fc.double({ min: 0.4137, max: 4.9871, noNaN: true });
  fc.assert(
    fc.property(fc.tuple(millimetres, millimetres, millimetres), fc.boolean(), (mm, cropToForeground) => {
      const { image, selected } = balls([34, 30, 20], [1, 1, 1.5]);
      const preparation = { ...preparationOf({ policy: "fixed", mm }), cropToForeground };
      const { grid, placement } = placeOf(image, preparation);
      // With an odd number of voxels here and an even one there, a middle lies between two: rounding then decides on a whole plane.
      const { low, high } = placement.seen;
      fc.pre(grid.shape.every((size, axis) => (high[axis]! - low[axis]! - size) % 2 === 0));
      const found = resolutionCeiling(selected, 2, { grid, placement });
      const whole = (isOrgan: (value: number) => boolean): number => {
        const mask = { ...selected, data: selected.data.map((value) => Number(isOrgan(value))) };
        const target = prepareLabels(mask, grid);
        const slabs = restoredSlabs({ ...target, data: Float32Array.from(target.data) }, placement, [0]);
        const back = [...slabs].flatMap(({ data }) => [...labelVoxels(data, SHARED).labels]);
        return dice(Uint8Array.from(back), mask.data);
      };
      expect(found.organs[0]).toBeCloseTo(
        whole((value) => value === 1),
        12,
      );
      expect(found.organs[1]).toBeCloseTo(
        whole((value) => value === 2),
        12,
      );
      expect(found.together).toBeCloseTo(
        whole((value) => value > 0),
        12,
      );
    }),
    { numRuns: 15 },
  );
});

it("is 1 for voxels of the image's own, whatever the image", () => {
  fc.assert(
    fc.property(
      anyVolume.filter(({ shape }) => shape.every((size) => size > 1)),
      fc.nat(),
      (volume, seed) => {
        const data = Uint8Array.from({ length: voxelCount(volume.shape) }, (_, at) =>
          Number((at * 31 + seed) % 5 === 0),
        );
        const varied = { ...volume, channels: 1, data: Float32Array.from(data, (_, at) => at) };
        const ceiling = resolutionCeiling(
          { ...volume, channels: 1, data },
          1,
          placeOf(varied, preparationOf({ policy: "native" })),
        );
        expect(ceiling.together).toBe(1);
      },
    ),
  );
});

it("falls with the voxels' size, most for small organs, and is nothing for what is cropped away or not there", () => {
  const { image, selected } = balls([34, 30, 20], [1, 1, 1.5]);
  const at = (mm: number) =>
    resolutionCeiling(selected, 3, placeOf(image, preparationOf({ policy: "fixed", mm: [mm, mm, mm] })));
  const [fine, coarse] = [at(2), at(4)];
  expect(fine.organs[0]!).toBeGreaterThan(coarse.organs[0]!);
  expect(coarse.organs[1]!).toBeLessThan(coarse.organs[0]!);
  expect(coarse.together).toBeGreaterThan(coarse.organs[1]!);
  expect(fine.organs[2]).toBeNull();
  const { grid, placement } = placeOf(image, preparationOf({ policy: "native" }));
  const cropped = { ...placement, seen: { low: [0, 0, 0], high: [2, 2, 2] } } as const;
  expect(resolutionCeiling(selected, 2, { grid, placement: cropped })).toEqual({
    together: 0,
    organs: [0, 0],
  });
});
