import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { labelBlocks, labelMap, type PredictedChannels } from "./label-map.js";
import { backgroundProbabilities, labelModes } from "./label-mode.js";

const probabilities = (channels: number, values: number[]): Volume<Float32Array> => ({
  shape: [values.length / channels, 1, 1],
  affine: affineFromSpacing([1, 1, 1]),
  channels,
  data: Float32Array.from(values),
});

/** A core, channel 0, within a whole, channel 1. */
const nested = [
  { channel: 1, value: 2, values: [2, 7] },
  { channel: 0, value: 7, values: [7] },
];

/** Three channels, or one in `shared` mode. */
const predictedIn = (labelMode: PredictedChannels["labelMode"]): PredictedChannels => ({
  labelMode,
  channels: labelMode === "shared" ? 1 : 3,
  ...(labelMode === "regions" && { regions: [...nested, { channel: 2, value: 1, values: [1] }] }),
});

describe("labelMap", () => {
  it("shared: above one half, and how sure", () => {
    const { labels, confidence } = labelMap(probabilities(1, [0.25, 0.5, 0.75]), { labelMode: "shared" });
    expect([...labels.data]).toEqual([0, 0, 1]);
    expect([...confidence.data]).toEqual([0.75, 0.5, 0.75]);
  });

  it("union: the most probable organ above one half; the first of equals", () => {
    const given = probabilities(2, [0.25, 0.75, 0.625, 0.75, 0.5, 0.625, 0.875, 0.75]);
    const { labels, confidence } = labelMap(given, { labelMode: "union" });
    expect([...labels.data]).toEqual([0, 1, 2, 1]);
    expect([...confidence.data]).toEqual([0.5, 0.75, 0.875, 0.75]);
  });

  it("exclusive: the most probable channel, background among them", () => {
    const { labels, confidence } = labelMap(probabilities(3, [0.5, 0.25, 0.25, 0.5, 0.25, 0.25]), {
      labelMode: "exclusive",
    });
    expect([...labels.data]).toEqual([0, 1]);
    expect([...confidence.data]).toEqual([0.5, 0.5]);
  });

  it("regions: painted in their order, whatever that of the channels", () => {
    // Five voxels: nothing, the whole, the whole and its core, the core alone, and neither by a hair.
    const given = probabilities(2, [0.25, 0.25, 0.75, 0.75, 0.5, 0.125, 0.875, 0.75, 0.25, 0.5]);
    const { labels, confidence } = labelMap(given, { labelMode: "regions", regions: nested });
    expect([...labels.data]).toEqual([0, 2, 7, 7, 0]);
    expect([...confidence.data]).toEqual([0.75, 0.75, 0.75, 0.75, 0.5]);
  });

  it("regions: sure of the outer one alone as far as the inner one is unlikely", () => {
    const given = probabilities(2, [0.375, 0.875]);
    const { labels, confidence } = labelMap(given, { labelMode: "regions", regions: nested });
    expect([labels.data[0], confidence.data[0]]).toEqual([2, 0.625]);
  });

  it.each([
    ["shared", 2],
    ["exclusive", 1],
    ["regions", 1],
    ["regions", 3],
  ] as const)("refuses %s with %i channels", (labelMode, channels) => {
    const predicted = labelMode === "regions" ? { labelMode, regions: nested } : { labelMode };
    expect(() => labelMap(probabilities(channels, new Array(channels).fill(0)), predicted)).toThrow(
      /label mode/,
    );
  });
});

describe("labelBlocks", () => {
  it("gives what the whole volume gives, however it is cut into boxes", async () => {
    const case_ = fc.record({
      mode: fc.constantFrom(...labelModes),
      slices: fc.integer({ min: 1, max: 6 }),
      cut: fc.integer({ min: 1, max: 6 }),
      seed: fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 18, maxLength: 18 }),
    });
    await fc.assert(
      fc.asyncProperty(case_, async ({ mode, slices, cut, seed }) => {
        const predicted = predictedIn(mode);
        const { channels } = predicted;
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
        /** Boxes of one column each, the last slices first. */
        async function* blocks() {
          for (let end = slices; end > 0; end -= cut) {
            const first = Math.max(0, end - cut);
            for (let i = 0; i < ni; i++) {
              const part: number[] = [];
              for (let channel = 0; channel < channels; channel++)
                for (let k = first; k < end; k++)
                  for (let j = 0; j < nj; j++) part.push(data[i + ni * (j + nj * (k + slices * channel))]!);
              yield {
                low: [i, 0, first] as const,
                shape: [1, nj, end - first] as const,
                data: Float32Array.from(part),
              };
            }
          }
        }
        expect(await labelBlocks(blocks(), whole, predicted)).toEqual(labelMap(whole, predicted));
      }),
    );
  });
});

it("what no network has seen is background for certain, in every mode", () => {
  for (const mode of labelModes) {
    const predicted = predictedIn(mode);
    const { channels } = predicted;
    const { labels, confidence } = labelMap(
      probabilities(channels, backgroundProbabilities(mode, channels)),
      predicted,
    );
    expect([...labels.data]).toEqual([0]);
    expect([...confidence.data]).toEqual([1]);
  }
});
