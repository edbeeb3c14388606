import { describe, expect, test } from "vitest";
import { Random, UserError } from "../../base/index.js";
import { affineFromSpacing, type Shape } from "../../volume/index.js";
import { CaseSampler } from "./case-sampler.js";
import { findForeground, VOXELS_KEPT } from "./foreground.js";
import { placeAnywhere, placeNearForeground } from "./patch-placement.js";
import { samplingSchema } from "./settings.js";
import { checkCases, type TrainingCase } from "./training-case.js";

function makeCase(shape: Shape, channels = 1): TrainingCase {
  return {
    id: "one",
    dataset: "phantoms",
    organs: ["liver", "spleen"],
    grid: { shape, affine: affineFromSpacing([1, 1, 1]) },
    channels,
    entry: "one.case",
  };
}

const sizes = [2, 8, 40];
const cases = sizes.flatMap((size, dataset) =>
  Array.from({ length: size }, () => ({ dataset: `d${dataset}` })),
);

describe("policies", () => {
  test.each([
    ["equal", {}, [1 / 3, 1 / 3, 1 / 3]],
    ["proportional", {}, [0.04, 0.16, 0.8]],
    ["equal", { weights: { d1: 2, d2: 3, elsewhere: 9 } }, [1 / 6, 2 / 6, 3 / 6]],
    ["temperature", { temperature: 0 }, [1 / 3, 1 / 3, 1 / 3]],
    ["temperature", { temperature: 1 }, [0.04, 0.16, 0.8]],
    ["temperature", { temperature: 0.5 }, [1, 2, Math.sqrt(20)].map((x) => x / (3 + Math.sqrt(20)))],
  ])("%s %o draws datasets as often as it says", (policy, settings, expected) => {
    const sampler = new CaseSampler(cases, samplingSchema.parse({ policy, ...settings }));
    sampler.probabilities.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 12);
    });
    const draws = 20000;
    const byCase = new Float64Array(cases.length);
    for (let step = 0; step < draws; step++) byCase[sampler.draw(Random.stream(3, "sample", step, 0))]!++;
    const probability = cases.map(({ dataset }) => {
      const index = Number(dataset.slice(1));
      return expected[index]! / sizes[index]!;
    });
    const chiSquare = probability.reduce(
      (sum, p, index) => sum + (byCase[index]! - draws * p) ** 2 / (draws * p),
      0,
    );
    // 99.9th percentile of chi-square with 49 degrees of freedom.
    expect(chiSquare).toBeLessThan(85.35);
  });
});

describe("foreground", () => {
  test("lists every voxel of the organs present", () => {
    const target = new Uint8Array(24);
    target.set([2, 2], 5);
    target[20] = 2;
    expect(findForeground(makeCase([4, 3, 2]), target)).toEqual([Uint32Array.of(5, 6, 20)]);
  });

  test("thins a huge organ evenly", () => {
    const [kept] = findForeground(makeCase([50, 50, 40]), new Uint8Array(100_000).fill(1));
    expect(kept).toHaveLength(VOXELS_KEPT);
    const steps = new Set(Array.from(kept!.subarray(1), (voxel, n) => voxel - kept![n]!));
    expect([...steps].sort()).toEqual([6, 7]);
  });

  test("refuses a value without an organ", () => {
    const target = Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0);
    expect(() => findForeground(makeCase([2, 2, 2]), target)).toThrow(
      /phantoms\/one.*value 3.*liver, spleen/,
    );
  });
});

describe("patch placement", () => {
  const image: Shape = [40, 12, 20];
  const patch: Shape = [16, 16, 20];
  const foreground = [Uint32Array.of(0, 39, 40 * 12 * 20 - 1, 25 + 40 * (6 + 12 * 10))];

  test("stays inside the image, or covers it", () => {
    for (let n = 0; n < 300; n++) {
      const random = new Random(n);
      for (const origin of [
        placeAnywhere(image, patch, random),
        placeNearForeground(image, patch, foreground, random),
      ]) {
        expect(origin.every(Number.isInteger)).toBe(true);
        expect(origin[0]).toBeGreaterThanOrEqual(0);
        expect(origin[0]).toBeLessThanOrEqual(24);
        expect(origin[1]).toBeGreaterThanOrEqual(-4);
        expect(origin[1]).toBeLessThanOrEqual(0);
        expect(origin[2]).toBe(0);
      }
    }
  });

  test("reaches every place", () => {
    const seen = new Set<string>();
    for (let n = 0; n < 3000; n++) seen.add(`${placeAnywhere(image, patch, new Random(n))}`);
    expect(seen.size).toBe(25 * 5);
  });

  test("keeps the foreground voxel it was placed by", () => {
    const voxel = [25, 6, 10];
    const single = [foreground[0]!.slice(3)];
    const origins = new Set<number>();
    for (let n = 0; n < 200; n++) {
      const origin = placeNearForeground(image, [8, 8, 8], single, new Random(n));
      origins.add(origin[0]);
      voxel.forEach((value, axis) => {
        expect(value - origin[axis]!).toBeGreaterThanOrEqual(0);
        expect(value - origin[axis]!).toBeLessThan(8);
      });
    }
    expect(origins.size).toBe(5);
  });

  test("a case without foreground is cut anywhere", () => {
    expect(placeNearForeground(image, patch, [], new Random(1))).toEqual(
      placeAnywhere(image, patch, new Random(1)),
    );
  });
});

describe("checking cases", () => {
  test("counts channels", () => {
    expect(checkCases([makeCase([2, 2, 2], 3)])).toBe(3);
  });

  test.each([
    ["no case", [], /none/],
    [
      "channels that differ",
      [makeCase([2, 2, 2]), { ...makeCase([2, 2, 2], 2), id: "two" }],
      /phantoms\/two.*2 image/,
    ],
  ])("refuses %s", (_, given, message) => {
    expect(() => checkCases(given)).toThrow(UserError);
    expect(() => checkCases(given)).toThrow(message);
  });
});
