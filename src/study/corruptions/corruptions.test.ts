import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../base/index.js";
import { affineFromSpacing, reorient, type Shape, spacingOf, type Volume } from "../../volume/index.js";
import { corruptions, type Severity } from "./index.js";

const severities = [1, 2, 3] as const;

/** A bright ellipsoid with texture in darker surroundings; `base` makes it CT-like (negative) or MR-like. */
function anyImage(base: number, shape: Shape = [24, 20, 12]): Volume<Float32Array> {
  const random = Random.stream(3, "image", base);
  const [ni, nj, nk] = shape;
  const data = Float32Array.from({ length: ni * nj * nk }, (_, at) => {
    const [i, j, k] = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))];
    const inside = ((i - ni / 3) / 7) ** 2 + ((j - nj / 2) / 6) ** 2 + ((k - nk / 2) / 4) ** 2 < 1;
    return base + (inside ? 300 : 60) + 25 * random.normal() + 3 * i;
  });
  return { shape, affine: affineFromSpacing([1, 1, 2]), channels: 1, data };
}

const change = (a: Volume, b: Volume): number => {
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum / a.data.length;
};

const moves = (name: string): boolean => ["cropping", "flip", "wrong-spacing"].includes(name);

describe.each(Object.entries(corruptions))("%s", (name, corruption) => {
  const apply = (image: Volume, severity: Severity, seed = 5): Volume =>
    corruption.apply(image, severity, Random.stream(seed, name));

  it.each([-1000, 0])("leaves its input alone and depends on the random stream alone (base %i)", (base) => {
    const image = anyImage(base);
    const before = image.data.slice();
    for (const severity of severities) {
      const once = apply(image, severity);
      expect(image.data).toEqual(before);
      expect(apply(image, severity)).toEqual(once);
      expect(once.data.every(Number.isFinite)).toBe(true);
    }
  });

  it("leaves the source behind where the grid becomes another", () => {
    const image = { ...anyImage(0), source: "where it came from" };
    for (const severity of severities) {
      const { affine, shape, ...rest } = apply(image, severity);
      const same = affine.join() === image.affine.join() && shape.join() === image.shape.join();
      if (!same) expect(rest).not.toHaveProperty("source");
    }
  });

  it("changes the image, more at each severity", () => {
    for (const base of [-1000, 0]) {
      const image = anyImage(base);
      if (name === "cropping") {
        const kept = severities.map((severity) => apply(image, severity).data.length);
        expect(kept[0]).toBeLessThan(image.data.length);
        expect(kept[1]).toBeLessThan(kept[0]!);
        expect(kept[2]).toBeLessThan(kept[1]!);
      } else if (name === "wrong-spacing") {
        const longest = severities.map((severity) => {
          const before = spacingOf(image.affine);
          return Math.max(...spacingOf(apply(image, severity).affine).map((mm, axis) => mm / before[axis]!));
        });
        expect(longest).toEqual([1.5, 2, 3].map((factor) => expect.closeTo(factor, 9)));
      } else {
        const changes = severities.map((severity) => change(image, apply(image, severity)));
        expect(changes[0]).toBeGreaterThan(0.1);
        // Other axes, not stronger ones.
        if (name === "flip") continue;
        expect(changes[1]).toBeGreaterThan(changes[0]!);
        expect(changes[2]).toBeGreaterThan(changes[1]!);
      }
    }
  });

  it("keeps the grid where nothing moves", () => {
    const image = anyImage(0);
    for (const severity of severities) {
      const { shape, affine } = apply(image, severity);
      if (!moves(name)) expect({ shape, affine }).toEqual({ shape: image.shape, affine: image.affine });
    }
  });

  it("moves a reference as it moves the image", () => {
    if (!corruption.movesAnatomy) return;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), fc.constantFrom(...severities), (seed, severity) => {
        const image = anyImage(0);
        const labels = { ...image, data: Uint8Array.from(image.data, (value) => (value > 250 ? 1 : 0)) };
        const [moved, reference] = [apply(image, severity, seed), apply(labels, severity, seed)];
        expect(reference.shape).toEqual(moved.shape);
        expect(reference.affine).toEqual(moved.affine);
        expect(Array.from(moved.data, (value) => (value > 250 ? 1 : 0))).toEqual([...reference.data]);
      }),
    );
  });
});

it("slice repetition works along the coarsest axis, wherever the file has it", () => {
  const image = anyImage(0);
  const repeat = (volume: Volume) => corruptions["slice-repetition"]!.apply(volume, 2, Random.stream(1));
  const turned = reorient(repeat(reorient(image, "SAR")), "RAS");
  const slice = (volume: Volume, k: number) => volume.data.slice(k * 480, (k + 1) * 480);
  for (const volume of [repeat(image), turned]) expect(slice(volume, 1)).toEqual(slice(volume, 0));
});
