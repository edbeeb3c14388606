import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import type { ElementType, Session, Tensor } from "../graph/engine.js";
import { predictVolume } from "../inference/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { FeatureStatistics } from "./feature-statistics.js";

/** Features: the image and its square. */
const session: Session = {
  inputNames: ["image"],
  outputNames: ["logits", "features/both"],
  async run(feeds) {
    const { dims, data } = feeds.image as Tensor;
    const image = data as Float32Array;
    const both = Float32Array.from([...image, ...image.map((value) => value * value)]);
    return {
      logits: { type: "float32", dims, data: image.slice() },
      "features/both": { type: "float32", dims: [1, 2, ...dims.slice(2)], data: both },
    };
  },
  async release() {},
};

it("gathers the same statistics over any windows, padding left out", async () => {
  const random = new Random(1);
  const shape = [19, 11, 7] as const;
  const image: Volume<Float32Array> = {
    shape,
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data: Float32Array.from({ length: 19 * 11 * 7 }, () => random.normal()),
  };
  const sum = (power: number): number => image.data.reduce((total, value) => total + value ** power, 0);
  for (const size of [4, 8, 32]) {
    const gathered = new FeatureStatistics();
    await predictVolume(
      session,
      image,
      { window: [size, size, size], overlap: 0.5, multipleOf: [4, 4, 4] },
      { outputChannels: 1, layers: ["both"], onFeatures: gathered.visit },
    );
    const { both } = gathered.layers();
    expect(both).toMatchObject({ channels: 2, rows: 19 * 11 * 7 });
    [sum(2), sum(3), sum(3), sum(4)].forEach((expected, at) => {
      expect(both!.gram[at]! / expected).toBeCloseTo(1, 5);
    });
    expect(both!.columnSums[0]! / sum(1)).toBeCloseTo(1, 5);
  }
});

const box = { low: [0, 0, 0], high: [2, 1, 1] } as const;
const features = (values: number[], type: ElementType = "float32"): Tensor => ({
  type,
  dims: [1, 1, 1, 1, 2],
  data: Float32Array.from(values),
});

// A runtime may name types that no other tensor here has.
it.each(["float16", "float64", "int64", "int32", "uint8", "bool"])("refuses features of type %s", (type) => {
  expect(() => new FeatureStatistics().visit("late", features([1, 2], type as ElementType), box)).toThrow(
    new RegExp(`layer late: found features of type ${type}, expected float32`),
  );
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "refuses a feature of %d",
  (value) => {
    expect(() => new FeatureStatistics().visit("late", features([1, value]), box)).toThrow(
      /layer late, channel 0: found features that are not finite/,
    );
  },
);

it("refuses a layer whose number of channels changes", async () => {
  const gathered = new FeatureStatistics();
  await gathered.visit("late", features([1, 2]), box);
  const wider: Tensor = { type: "float32", dims: [1, 2, 1, 1, 2], data: new Float32Array(4) };
  expect(() => gathered.visit("late", wider, box)).toThrow(/2 channels in one window and 1 in another/);
});
