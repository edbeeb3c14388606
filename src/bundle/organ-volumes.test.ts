import { expect, it } from "vitest";
import { labelMap } from "../labels/index.js";
import { affineFromSpacing, type Volume } from "../volume/index.js";
import { OrganVolumes } from "./organ-volumes.js";

/** 4 voxels of 2 x 5 x 10 mm, 0.1 ml each. */
const probabilities = (channels: number, data: number[]): Volume<Float32Array> => ({
  shape: [4, 1, 1],
  affine: affineFromSpacing([2, 5, 10]),
  channels,
  data: Float32Array.from(data),
});

async function* only<Part>(part: Part): AsyncGenerator<Part> {
  yield part;
}

it("measures what a mask holds and what its probabilities leave open, whatever a channel means", async () => {
  const first = [0.99, 0.75, 0.25, 0.01];
  const rest = first.map((probability) => 1 - probability);
  const organ = { mask: 0.2, low: 0.1, expected: 0.2, high: 0.3 };
  const none = { mask: 0, low: 0, expected: 0, high: 0 };
  const zeros = [0, 0, 0, 0];
  const cases = [
    { labelMode: "shared", data: first, expected: [{ value: 1, organs: ["a", "b"], ...organ }] },
    {
      labelMode: "union",
      data: [...zeros, ...first],
      expected: [
        { value: 1, organs: ["a"], ...none },
        { value: 2, organs: ["b"], ...organ },
      ],
    },
    {
      labelMode: "exclusive",
      data: [...rest, ...first, ...zeros],
      expected: [
        { value: 1, organs: ["a"], ...organ },
        { value: 2, organs: ["b"], ...none },
      ],
    },
  ] as const;
  for (const { labelMode, data, expected } of cases) {
    const outputChannels = data.length / 4;
    const map = probabilities(outputChannels, [...data]);
    const volumes = new OrganVolumes({ labelMode, organs: ["a", "b"], outputChannels });
    for await (const _ of volumes.measured(only(map))) {
      // Passes by.
    }
    const found = volumes.of(labelMap(map, { labelMode }).labels);
    expect(found.map(({ value, organs }) => ({ value, organs }))).toEqual(
      expected.map(({ value, organs }) => ({ value, organs })),
    );
    for (const [at, { mask, low, expected: mean, high }] of found.entries()) {
      for (const [name, value] of Object.entries({ mask, low, expected: mean, high })) {
        expect(value, `${labelMode}, ${name}`).toBeCloseTo(expected[at]![name as "mask"], 6);
      }
    }
  }
});

it("a region is all that lies in it, whatever was painted over it", async () => {
  const whole = [0.9, 0.9, 0.9, 0.2];
  const core = [0.1, 0.1, 0.9, 0.1];
  const regions = [
    { channel: 0, value: 2, values: [1, 2] },
    { channel: 1, value: 1, values: [1] },
  ];
  const labels = { labelMode: "regions", organs: ["whole", "core"], regions, outputChannels: 2 } as const;
  const map = probabilities(2, [...whole, ...core]);
  const volumes = new OrganVolumes(labels);
  for await (const _ of volumes.measured(only(map))) {
    // Passes by.
  }
  const found = volumes.of(labelMap(map, labels).labels);
  expect(found.map(({ organs }) => organs)).toEqual([["whole"], ["core"]]);
  expect(found[0]!.mask).toBeCloseTo(0.3, 6);
  expect(found[1]!.mask).toBeCloseTo(0.1, 6);
  expect(found[0]!.expected).toBeCloseTo(0.29, 6);
});
