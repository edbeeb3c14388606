import { describe, expect, it } from "vitest";
import { Random } from "../base/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { INTENSITY_FEATURES, intensityFeatures } from "./intensity-features.js";
import { roughnessFeatureCount, roughnessFeatures } from "./roughness-features.js";

const affine = affineFromSpacing([1, 1, 1]);

function noiseImage(
  seed: number,
  shape: readonly [number, number, number],
  channels = 1,
): Volume<Float32Array> {
  const random = new Random(seed);
  const length = shape[0] * shape[1] * shape[2] * channels;
  return { shape, affine, channels, data: Float32Array.from({ length }, () => random.normal()) };
}

describe("intensity features", () => {
  const image = noiseImage(1, [20, 20, 20], 2);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

  it("are shares of each channel's voxels", () => {
    const features = intensityFeatures(image);
    expect(features).toHaveLength(2 * INTENSITY_FEATURES);
    expect(sum(features.subarray(0, INTENSITY_FEATURES))).toBeCloseTo(1, 9);
    expect(sum(features.subarray(INTENSITY_FEATURES))).toBeCloseTo(1, 9);
    expect(Math.min(...features)).toBeGreaterThanOrEqual(0);
  });

  it("do not depend on the intensities' units", () => {
    const scaled = { ...image, data: image.data.map((value) => 40 * value + 300) };
    const expected = intensityFeatures(image);
    intensityFeatures(scaled).forEach((value, at) => {
      expect(value).toBeCloseTo(expected[at]!, 3);
    });
  });

  it("hold half a percent in each tail, however far away it is", () => {
    const data = image.data.slice(0, 8000);
    const usual = intensityFeatures({ ...image, channels: 1, data });
    for (const at of [0, INTENSITY_FEATURES - 1]) expect(usual[at]).toBeCloseTo(0.005, 3);
    const brightest = data.indexOf(Math.max(...data));
    data[brightest] = 1e6;
    expect(intensityFeatures({ ...image, channels: 1, data })).toEqual(usual);
  });

  it.each([
    ["constant", () => 3],
    ["nearly constant", (at: number) => (at === 0 ? 5 : 0)],
  ])("are finite for an image that is %s", (_, value) => {
    const features = intensityFeatures({
      ...image,
      channels: 1,
      data: Float32Array.from({ length: 8000 }, (_, at) => value(at)),
    });
    expect(sum(features)).toBeCloseTo(1, 9);
  });
});

describe("roughness features", () => {
  const shape = [18, 20, 22] as const;
  const image = noiseImage(2, shape);

  it("of white noise are those of its definition", () => {
    const features = roughnessFeatures(image);
    expect(features).toHaveLength(roughnessFeatureCount(1));
    for (const axis of [0, 1, 2]) {
      for (const feature of [0, 1, 2]) expect(Math.abs(features[4 * axis + feature]!)).toBeLessThan(0.05);
    }
  });

  it.each([0, 1, 2] as const)("tell the axis along which planes are repeated: %i", (axis) => {
    const data = image.data.map((_, at) => {
      const place = [at % 18, Math.floor(at / 18) % 20, Math.floor(at / 360)] as [number, number, number];
      place[axis] -= place[axis] % 3;
      return image.data[place[0] + 18 * (place[1] + 20 * place[2])]!;
    });
    const features = roughnessFeatures({ ...image, data });
    const before = roughnessFeatures(image);
    for (const other of [0, 1, 2]) {
      const changed = (feature: number) => features[4 * other + feature]! - before[4 * other + feature]!;
      if (other === axis) {
        expect(changed(0)).toBeLessThan(-0.5);
        expect(changed(1)).toBeGreaterThan(0.5);
        expect(changed(3)).toBeGreaterThan(1);
      } else {
        expect(changed(0)).toBeGreaterThan(0.1);
        expect(Math.abs(changed(1))).toBeLessThan(0.1);
      }
    }
  });

  it("are finite for flat and for thin images", () => {
    for (const thin of [
      [1, 1, 1],
      [5, 1, 2],
      [4, 4, 3],
    ] as const) {
      expect(roughnessFeatures(noiseImage(3, thin)).every(Number.isFinite)).toBe(true);
      expect(
        roughnessFeatures({ ...noiseImage(3, thin, 2), data: new Float32Array(96) }).every(Number.isFinite),
      ).toBe(true);
    }
  });
});
