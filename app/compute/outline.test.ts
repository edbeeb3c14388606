import { expect, it } from "vitest";
import { affineFromSpacing } from "../../src/volume/index.js";
import { outlineOf } from "./outline.js";

it("keeps what touches another value within its slice, and whole slices of none", () => {
  const slice = (value: number) =>
    Array.from({ length: 25 }, (_, at) => (at % 5 > 0 && at % 5 < 4 && at > 4 && at < 20 ? value : 0));
  const data = Uint8Array.from([...slice(2), ...slice(2)]);
  data[13] = 3;
  const { data: outline } = outlineOf({
    shape: [5, 5, 2],
    affine: affineFromSpacing([1, 1, 3]),
    channels: 1,
    data,
  });
  // biome-ignore format: a picture
  expect([...outline]).toEqual([
    0, 0, 0, 0, 0,
    0, 2, 2, 2, 0,
    0, 2, 2, 3, 0,
    0, 2, 2, 2, 0,
    0, 0, 0, 0, 0,

    0, 0, 0, 0, 0,
    0, 2, 2, 2, 0,
    0, 2, 0, 2, 0,
    0, 2, 2, 2, 0,
    0, 0, 0, 0, 0,
  ]);
});

it("counts the end of the image as an edge", () => {
  const data = new Uint8Array(9).fill(1);
  const { data: outline } = outlineOf({
    shape: [3, 3, 1],
    affine: affineFromSpacing([1, 1, 1]),
    channels: 1,
    data,
  });
  expect([...outline]).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 1]);
});
