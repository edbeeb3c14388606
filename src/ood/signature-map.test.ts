import { expect, it } from "vitest";
import { Random } from "../base/index.js";
import { euclidean } from "./nearest.js";
import { signatureMap } from "./signature-map.js";

const layer = (name: string, channels: number, deviation: number) => ({ name, channels, mean: 0, deviation });

const image = (dataset: string, signatures: number[][]) => ({
  dataset,
  case: "case",
  signatures: signatures.map((signature) => Float64Array.from(signature)),
});

it("keeps the distances of images that lie on a plane, in units of the measure", () => {
  const random = new Random(3);
  const points = Array.from({ length: 9 }, () => [random.normal(), random.normal()] as const);
  // A plane in 5 dimensions, in two layers; the second one's distances count half.
  const onPlane = ([x, y]: readonly [number, number]) => [
    [0.6 * x, 0.8 * x, 1],
    [2 * y, 7],
  ];
  const training = points.map((point, at) => image(`set ${at % 2}`, onPlane(point)));
  const layers = [layer("first", 3, 1), layer("second", 2, 2)];
  const asked = [2, -1] as const;
  const map = signatureMap({ layers, training }, onPlane(asked));
  expect(map.references.map(({ dataset }) => dataset)).toEqual(training.map(({ dataset }) => dataset));
  for (const [at, point] of points.entries()) {
    expect(euclidean(map.references[at]!.place, map.image)).toBeCloseTo(euclidean(point, asked) / 2, 9);
  }
  const [spread, less] = [0, 1].map((axis) =>
    map.references.reduce((sum, { place }) => sum + place[axis]! ** 2, 0),
  );
  expect(spread).toBeGreaterThan(less!);
});

it("puts everything on a line where training images differ no further", () => {
  const layers = [layer("only", 3, 1)];
  const line = [0, 1, 5].map((x) => image("set", [[x, 2 * x, 3]]));
  for (const { place } of signatureMap({ layers, training: line }, [[1, 1, 1]]).references) {
    expect(place[1]).toBeCloseTo(0, 9);
  }
});

it("draws a bounded number of images", () => {
  const random = new Random(5);
  const training = Array.from({ length: 2500 }, () => image("set", [[random.normal(), random.normal()]]));
  const { references } = signatureMap({ layers: [layer("only", 2, 1)], training }, [[0, 0]]);
  expect(references.length).toBeGreaterThan(500);
  expect(references.length).toBeLessThanOrEqual(1000);
});
