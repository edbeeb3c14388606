import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../base/index.js";
import type { Shape } from "../../volume/index.js";
import { applyAugmentation, augmentationSchema, drawAugmentation, noAugmentation } from "./augmentation.js";
import { flip } from "./flip.js";
import { mirroredAxes } from "./mirrored-axes.js";
import { intensityTransforms, spatialTransforms } from "./registry.js";

const every = (names: object, probability: number) =>
  Object.fromEntries(Object.keys(names).map((name) => [name, { probability }]));
const patch: Shape = [24, 24, 24];

describe("settings", () => {
  test("have defaults for everything", () => {
    const settings = augmentationSchema.parse({});
    expect(settings.rotation.degrees).toEqual([-15, 15]);
    expect(augmentationSchema.parse(settings)).toEqual(settings);
    for (const name of Object.keys({ ...spatialTransforms, ...intensityTransforms })) {
      expect(settings).toHaveProperty([name, "probability"]);
    }
  });

  test.each([
    [{ rotations: {} }, /rotations/],
    [{ rotation: { angle: 5 } }, /angle/],
    [{ noise: { deviation: [0.3, 0.1] } }, /must not exceed the second/],
    [{ elastic: { distance: 8, displacement: 4 } }, /folds over itself/],
    [{ flip: { axes: ["up-down"] } }, /left-right/],
    [{ gamma: { probability: 2 } }, /probability/],
  ])("refuse %o", (given, message) => {
    const result = augmentationSchema.safeParse(given);
    expect(result.success).toBe(false);
    expect(String(result.error?.message)).toMatch(message);
  });
});

describe("mirroredAxes", () => {
  const axesOf = (given: object) => mirroredAxes(augmentationSchema.parse(given));

  test("are those that training turns, in the order of the voxel axes", () => {
    expect(axesOf({})).toEqual(["left-right"]);
    expect(axesOf({ flip: { axes: ["foot-head", "left-right"] } })).toEqual(["left-right", "foot-head"]);
  });

  test.each([{ enabled: false }, { flip: { probability: 0 } }, { flip: { axes: [] } }])(
    "are none with %o",
    (given) => {
      expect(axesOf(given)).toEqual([]);
    },
  );
});

describe("drawing", () => {
  const settings = augmentationSchema.parse({});

  test("depends on seed and keys alone", () => {
    const draw = (seed: number, step: number, index: number) =>
      drawAugmentation(settings, { shape: patch, channels: 2 }, seed, step, index);
    const all = new Set<string>();
    for (let step = 0; step < 20; step++) {
      expect(draw(1, step, 0)).toEqual(draw(1, step, 0));
      all
        .add(JSON.stringify(draw(1, step, 0)))
        .add(JSON.stringify(draw(1, step, 1)))
        .add(JSON.stringify(draw(2, step, 0)));
    }
    expect(all.size).toBeGreaterThan(50);
  });

  test("one transform's settings leave the others' draws alone", () => {
    const names = (given: typeof settings) =>
      Array.from({ length: 50 }, (_, step) =>
        drawAugmentation(given, { shape: patch, channels: 1 }, 1, step).spatial.filter(
          ({ name }) => name === "rotation",
        ),
      );
    expect(
      names(augmentationSchema.parse({ flip: { probability: 0 }, scaling: { probability: 1 } })),
    ).toEqual(names(settings));
  });

  test("nothing is drawn where augmentation is off", () => {
    expect(drawAugmentation({ ...settings, enabled: false }, { shape: patch, channels: 1 }, 1, 1)).toBe(
      noAugmentation,
    );
  });

  test("flips only the axes listed, each by its probability", () => {
    const counts = [0, 0, 0];
    for (let n = 0; n < 2000; n++) {
      const drawn = flip.draw({ probability: 0.3, axes: ["left-right", "foot-head"] }, new Random(n), patch);
      drawn?.signs.forEach((sign, axis) => {
        if (sign < 0) counts[axis]!++;
      });
    }
    expect(counts[1]).toBe(0);
    for (const count of [counts[0]!, counts[2]!]) expect(Math.abs(count - 600)).toBeLessThan(80);
  });
});

describe("applying", () => {
  const shape: Shape = [40, 36, 32];
  const labels = new Uint8Array(40 * 36 * 32);
  for (let k = 0, voxel = 0; k < 32; k++)
    for (let j = 0; j < 36; j++)
      for (let i = 0; i < 40; i++, voxel++)
        labels[voxel] = ((i - 22) / 9) ** 2 + ((j - 16) / 7) ** 2 + ((k - 15) / 8) ** 2 < 1 ? 1 : 0;
  const source = { shape, spacing: [1, 1, 1.4] as const, channels: [Float32Array.from(labels)], labels };
  const into = () => ({ channels: [new Float32Array(24 ** 3)], labels: new Uint8Array(24 ** 3) });

  test("image and labels move together", () => {
    const settings = augmentationSchema.parse({
      ...every(spatialTransforms, 1),
      ...every(intensityTransforms, 0),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom("linear", "nearest"), (step, kind) => {
        const result = into();
        const drawn = drawAugmentation(settings, { shape: patch, channels: 1 }, 1, step);
        expect(drawn.spatial.length).toBeGreaterThanOrEqual(3);
        applyAugmentation(drawn, source, { origin: [9, 5, 4], patch, padding: "zero", labels: kind }, result);
        let both = 0;
        let sum = 0;
        result.labels.forEach((label, voxel) => {
          const shown = result.channels[0]![voxel]! > 0.5 ? 1 : 0;
          both += shown & label;
          sum += shown + label;
        });
        expect(sum).toBeGreaterThan(500);
        expect((2 * both) / sum).toBeGreaterThan(kind === "linear" ? 0.999 : 0.95);
      }),
      { numRuns: 25 },
    );
  });

  test("what was drawn gives the same patch again", () => {
    const settings = augmentationSchema.parse({
      ...every(spatialTransforms, 1),
      ...every(intensityTransforms, 1),
    });
    const drawn = drawAugmentation(settings, { shape: patch, channels: 1 }, 1, 7);
    expect(drawn.intensity.map(({ name }) => name)).toEqual(Object.keys(intensityTransforms));
    const [one, other] = [into(), into()];
    applyAugmentation(drawn, source, { ...settings, origin: [9, 5, 4], patch }, one);
    applyAugmentation(drawn, source, { ...settings, origin: [9, 5, 4], patch }, other);
    expect(one).toEqual(other);
    expect(source.labels).toEqual(labels);
  });
});
