import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { labelMap, labelSlabs } from "./label-map.js";
import { backgroundProbabilities, labelModes } from "./label-mode.js";

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

describe("labelSlabs", () => {
  it("gives what the whole volume gives, however it is cut into slices", () => {
    const case_ = fc.record({
      mode: fc.constantFrom(...labelModes),
      slices: fc.integer({ min: 1, max: 6 }),
      cut: fc.integer({ min: 1, max: 6 }),
      seed: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 18, maxLength: 18 }),
    });
    fc.assert(
      fc.property(case_, ({ mode, slices, cut, seed }) => {
        const channels = mode === "shared" ? 1 : 3;
        const [ni, nj] = [2, 3];
        const data = Float32Array.from(
          { length: channels * ni * nj * slices },
          (_, at) => seed[(at * 7) % seed.length]!,
        );
        const whole: Volume<Float32Array> = {
          shape: [ni, nj, slices],
          affine: affineFromSpacing([1, 1, 1]),
          channels,
          data,
        };
        function* slabs() {
          for (let first = 0; first < slices; first += cut) {
            const count = Math.min(cut, slices - first);
            const voxels = ni * nj * count;
            const part = new Float32Array(channels * voxels);
            for (let channel = 0; channel < channels; channel++) {
              const from = ni * nj * (channel * slices + first);
              part.set(data.subarray(from, from + voxels), channel * voxels);
            }
            yield { firstSlice: first, slices: count, data: part };
          }
        }
        expect(labelSlabs(slabs(), whole, channels, mode)).toEqual(labelMap(whole, mode));
      }),
    );
  });
});

it("what no network has seen is background for certain, in every mode", () => {
  for (const mode of labelModes) {
    const channels = mode === "shared" ? 1 : 3;
    const { labels, confidence } = labelMap(
      probabilities(channels, backgroundProbabilities(mode, channels)),
      mode,
    );
    expect([...labels.data]).toEqual([0]);
    expect([...confidence.data]).toEqual([1]);
  }
});
