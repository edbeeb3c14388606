import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.js";
import type { Shape, Vector } from "../../volume/index.js";
import { elastic } from "./elastic.js";
import { flip } from "./flip.js";
import { rotation } from "./rotation.js";
import { scaling } from "./scaling.js";
import { identityMap, type SpatialMap } from "./spatial-map.js";
import { type PatchCut, type WarpSource, warp } from "./warp.js";

const options: Pick<PatchCut, "padding" | "labels"> = { padding: "zero", labels: "linear" };

function makeSource(shape: Shape, seed = 1, spacing: Vector = [1, 1, 1]): WarpSource {
  const random = new Random(seed);
  const voxels = shape[0] * shape[1] * shape[2];
  const array = () => Float32Array.from({ length: voxels }, () => random.normal());
  const labels = Uint8Array.from({ length: voxels }, () => [0, 0, 1, 4, 9][random.below(5)]!);
  return { shape, spacing, channels: [array(), array()], labels };
}

function cut(source: WarpSource, origin: Vector, patch: Shape, map: SpatialMap, given = options) {
  const voxels = patch[0] * patch[1] * patch[2];
  const into = {
    channels: source.channels.map(() => new Float32Array(voxels).fill(Number.NaN)),
    labels: new Uint8Array(voxels).fill(255),
  };
  warp(source, { ...given, origin, patch }, map, into);
  return into;
}

const composed = (...steps: ((map: SpatialMap) => void)[]): SpatialMap => {
  const map = identityMap();
  for (const step of steps) step(map);
  return map;
};

const sizes = fc.tuple(
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 7 }),
);

describe("the identity", () => {
  test("copies the image exactly, and pads beyond it", () => {
    fc.assert(
      fc.property(
        sizes,
        sizes,
        fc.integer(),
        fc.constantFrom("linear", "nearest"),
        (shape, patch, seed, labels) => {
          const source = makeSource(shape, seed, [0.7, 1.3, 3]);
          const origin: Vector = [0, 1, 2].map((axis) =>
            Math.floor((shape[axis]! - patch[axis]!) / 2),
          ) as never;
          const zero = cut(source, origin, patch, identityMap(), { padding: "zero", labels });
          const edge = cut(source, origin, patch, identityMap(), { padding: "edge", labels });
          for (let k = 0, voxel = 0; k < patch[2]; k++)
            for (let j = 0; j < patch[1]; j++)
              for (let i = 0; i < patch[0]; i++, voxel++) {
                const at = [i + origin[0], j + origin[1], k + origin[2]];
                const near = at.map((value, axis) => Math.min(shape[axis]! - 1, Math.max(0, value)));
                const index = near[0]! + shape[0] * (near[1]! + shape[1] * near[2]!);
                const inside = at.every((value, axis) => value === near[axis]);
                source.channels.forEach((channel, c) => {
                  expect(zero.channels[c]![voxel]).toBe(inside ? channel[index] : 0);
                  expect(edge.channels[c]![voxel]).toBe(channel[index]);
                });
                expect(zero.labels[voxel]).toBe(inside ? source.labels[index] : 0);
                expect(edge.labels[voxel]).toBe(inside ? source.labels[index] : 0);
              }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is what parameters that change nothing give", () => {
    const source = makeSource([9, 8, 7], 2, [0.7, 1.3, 3]);
    const map = composed(
      (m) => flip.compose(m, { signs: [1, 1, 1] }),
      (m) => rotation.compose(m, { degrees: [0, 0, 0] }),
      (m) => scaling.compose(m, { factors: [1, 1, 1] }),
      (m) => elastic.compose(m, { distance: 4, counts: [6, 6, 6], values: new Float32Array(3 * 6 * 6 * 6) }),
    );
    const patch = cut(source, [0, 0, 0], [9, 8, 7], map);
    expect(patch.channels).toEqual(source.channels);
    expect(patch.labels).toEqual(source.labels);
  });
});

describe("spatial transforms", () => {
  test("flips mirror exactly and undo themselves", () => {
    fc.assert(
      fc.property(sizes, fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), (shape, axes) => {
        const source = makeSource(shape, 3, [1, 2, 0.3]);
        const signs = axes.map((axis) => (axis ? -1 : 1)) as unknown as Vector;
        const once = cut(
          source,
          [0, 0, 0],
          shape,
          composed((m) => flip.compose(m, { signs })),
        );
        const mirrored = axes.map((axis, n) => (axis ? shape[n]! - 1 : 0));
        expect(once.channels[0]![0]).toBe(
          source.channels[0]![mirrored[0]! + shape[0] * (mirrored[1]! + shape[1] * mirrored[2]!)],
        );
        const twice = cut(
          { ...source, ...once },
          [0, 0, 0],
          shape,
          composed((m) => flip.compose(m, { signs })),
        );
        expect(twice.channels).toEqual(source.channels);
        expect(twice.labels).toEqual(source.labels);
      }),
      { numRuns: 30 },
    );
  });

  test("a quarter turn about foot-head takes the left-right axis to the back-front axis", () => {
    const source = makeSource([5, 5, 3]);
    source.labels.fill(0);
    source.labels[4 + 5 * 2 + 25] = 1;
    const turned = cut(
      source,
      [0, 0, 0],
      [5, 5, 3],
      composed((m) => rotation.compose(m, { degrees: [0, 0, 90] })),
    );
    expect(turned.labels.indexOf(1)).toBe(2 + 5 * 4 + 25);
    expect(turned.labels.lastIndexOf(1)).toBe(2 + 5 * 4 + 25);
  });

  test("scaling enlarges", () => {
    const source = makeSource([20, 20, 20]);
    source.labels.fill(0);
    for (let k = 6; k < 14; k++)
      for (let j = 6; j < 14; j++) source.labels.fill(1, 6 + 20 * (j + 20 * k), 14 + 20 * (j + 20 * k));
    const scaled = cut(
      source,
      [0, 0, 0],
      [20, 20, 20],
      composed((m) => scaling.compose(m, { factors: [1.5, 1.5, 0.5] })),
    );
    expect(scaled.labels.filter((label) => label === 1)).toHaveLength(12 * 12 * 4);
  });

  test("labels are those of the image, however it is bent", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom("linear", "nearest"), (seed, labels) => {
        const source = makeSource([8, 9, 7], seed, [1, 1, 2]);
        const patch: Shape = [10, 6, 9];
        const random = new Random(seed);
        const map = composed(
          (m) => rotation.compose(m, rotation.draw({ probability: 1, degrees: [-180, 180] }, random, patch)!),
          (m) =>
            scaling.compose(
              m,
              scaling.draw({ probability: 1, factor: [0.5, 2], byAxis: true }, random, patch)!,
            ),
          (m) =>
            elastic.compose(
              m,
              elastic.draw({ probability: 1, distance: 4, displacement: 1.6 }, random, patch)!,
            ),
        );
        const allowed = new Set([0, ...source.labels]);
        const bent = cut(source, [-1, 1, -1], patch, map, { padding: "zero", labels });
        for (const label of bent.labels) expect(allowed.has(label)).toBe(true);
        for (const value of bent.channels[0]!) expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("linear labels outvote a lone corner that is nearest", () => {
    const source = makeSource([2, 2, 2]);
    source.labels.set([7, 3, 3, 3, 3, 3, 3, 3]);
    const map = identityMap();
    const shifted = { ...map, displacement: undefined };
    // A patch of one voxel, 0.4 of a voxel from the lone corner along every axis.
    const at: Vector = [0.4, 0.4, 0.4];
    expect(cut(source, at, [1, 1, 1], shifted, { padding: "zero", labels: "linear" }).labels[0]).toBe(3);
    expect(cut(source, at, [1, 1, 1], shifted, { padding: "zero", labels: "nearest" }).labels[0]).toBe(7);
  });

  test("elastic displacements stay within their limit", () => {
    const drawn = elastic.draw({ probability: 1, distance: 5, displacement: 2 }, new Random(5), [17, 9, 12])!;
    expect(drawn.counts).toEqual([7, 5, 6]);
    expect(Math.max(...drawn.values.map(Math.abs))).toBeLessThanOrEqual(2);
  });
});

test("flip, rotation, scaling and elastic together agree with SciPy on long voxels", () => {
  const path = new URL("../../../test/oracle/fixtures/augmentation.json", import.meta.url);
  const fixture = JSON.parse(readFileSync(path, "utf8"));
  const image = Float32Array.from(fixture.image);
  const source = {
    shape: fixture.shape,
    spacing: fixture.spacing,
    channels: [image],
    labels: new Uint8Array(image.length),
  };
  const map = composed(
    (m) => flip.compose(m, { signs: fixture.signs }),
    (m) => rotation.compose(m, { degrees: fixture.degrees }),
    (m) => scaling.compose(m, { factors: fixture.factors }),
    (m) =>
      elastic.compose(m, {
        distance: fixture.distance,
        counts: fixture.counts,
        values: Float32Array.from(fixture.control),
      }),
  );
  const { channels } = cut(source, fixture.origin, fixture.patch, map, {
    padding: "edge",
    labels: "nearest",
  });
  fixture.warped.forEach((value: number, voxel: number) => {
    expect(Math.abs(channels[0]![voxel]! - value)).toBeLessThan(2e-6);
  });
});
