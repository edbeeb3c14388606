import { describe, expect, it } from "vitest";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { labelMap } from "./label-map.js";

const probabilities = (channels: number, values: number[]): Volume<Float32Array> => ({
  shape: [values.length / channels, 1, 1],
  affine: affineFromSpacing([1, 1, 1]),
  channels,
  data: Float32Array.from(values),
});

describe("labelMap", () => {
  it("shared: above one half, and how sure", () => {
    const { labels, confidence } = labelMap(probabilities(1, [0.25, 0.5, 0.75]), "shared");
    expect([...labels.data]).toEqual([0, 0, 1]);
    expect([...confidence.data]).toEqual([0.75, 0.5, 0.75]);
  });

  it("union: the most probable organ above one half; the first of equals", () => {
    const given = probabilities(2, [0.25, 0.75, 0.625, 0.75, 0.5, 0.625, 0.875, 0.75]);
    const { labels, confidence } = labelMap(given, "union");
    expect([...labels.data]).toEqual([0, 1, 2, 1]);
    expect([...confidence.data]).toEqual([0.5, 0.75, 0.875, 0.75]);
  });

  it("exclusive: the most probable channel, background among them", () => {
    const { labels, confidence } = labelMap(
      probabilities(3, [0.5, 0.25, 0.25, 0.5, 0.25, 0.25]),
      "exclusive",
    );
    expect([...labels.data]).toEqual([0, 1]);
    expect([...confidence.data]).toEqual([0.5, 0.5]);
  });

  it.each([
    ["shared", 2],
    ["exclusive", 1],
  ] as const)("refuses %s with %i channels", (mode, channels) => {
    expect(() => labelMap(probabilities(channels, [0, 1]), mode)).toThrow(/label mode/);
  });
});
