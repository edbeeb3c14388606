import { describe, expect, it } from "vitest";
import { Random } from "../base/index.js";
import { nodeEngine } from "../run/engines/node.js";
import type { Shape } from "../volume/index.js";
import {
  type ArchitectureName,
  architectures,
  describeNetwork,
  exportNetwork,
  featureOutput,
  initialise,
  type LevelGeometry,
} from "./index.js";

/** What all networks here share, and one for slices that are thick along k. */
const geometries = {
  isotropic: { levels: 3 },
  anisotropic: {
    levels: 3,
    strides: [
      [2, 2, 1],
      [2, 1, 2],
    ],
    kernels: [
      [3, 3, 1],
      [3, 3, 3],
      [3, 3, 3],
    ],
  },
} satisfies Record<string, LevelGeometry>;
const strides: Record<keyof typeof geometries, Shape> = { isotropic: [4, 4, 4], anisotropic: [4, 2, 2] };
const kinds = (Object.keys(architectures) as ArchitectureName[]).flatMap((architecture) =>
  (Object.keys(geometries) as (keyof typeof geometries)[]).map((geometry) => ({ architecture, geometry })),
);

describe.each(kinds)("$architecture, $geometry", ({ architecture, geometry }) => {
  const network = describeNetwork({
    architecture,
    ...geometries[geometry],
    channels: 4,
    inputChannels: 1,
    outputChannels: 2,
    maximumChannels: 8,
    dropout: 0,
  });

  it("says of each layer how many channels it has and how coarse it is", async () => {
    const session = await nodeEngine().open(exportNetwork(network, initialise(network, new Random(1))));
    const image = { type: "float32" as const, dims: [1, 1, 8, 16, 12], data: new Float32Array(8 * 16 * 12) };
    const results = await session.run({ image });
    for (const { name, channels, stride } of network.layers) {
      const [i, j, k] = stride;
      expect(results[featureOutput(name)]?.dims, name).toEqual([1, channels, 8 / k, 16 / j, 12 / i]);
    }
    expect(network.stride).toEqual(strides[geometry]);
    const coarsest = network.layers
      .map(({ stride }) => stride)
      .find((stride) => stride.join() === network.stride.join());
    expect(coarsest).toBeDefined();
    expect(results.logits?.dims).toEqual([1, 2, 8, 16, 12]);
    await session.release();
  });

  it("starts from the same weights for the same seed, from others for another", () => {
    const first = initialise(network, new Random(5));
    expect(initialise(network, new Random(5))).toEqual(first);
    expect(initialise(network, new Random(6))).not.toEqual(first);
  });
});

describe("describeNetwork", () => {
  const description = {
    architecture: "unet",
    channels: 2,
    levels: 3,
    inputChannels: 1,
    outputChannels: 1,
    maximumChannels: 4,
    dropout: 0,
  } as const;

  it.each([
    [{ strides: [[2, 2, 2]] }, /strides: 1 given for 3 levels/],
    [{ kernels: [[3, 3, 3]] }, /kernels: 1 given for 3 levels/],
    [
      {
        strides: [
          [2, 2, 2],
          [2, 4, 2],
        ],
      },
      /strides: only 1 and 2/,
    ],
    [
      {
        kernels: [
          [3, 3, 3],
          [3, 3, 3],
          [3, 5, 3],
        ],
      },
      /kernels: only 1 and 3/,
    ],
  ] as [Partial<LevelGeometry>, RegExp][])("refuses %o", (geometry, message) => {
    expect(() => describeNetwork({ ...description, ...geometry })).toThrow(message);
  });

  it("builds what the defaults say when strides and kernels say the same", () => {
    const spelled = describeNetwork({
      ...description,
      strides: [
        [2, 2, 2],
        [2, 2, 2],
      ],
      kernels: [
        [3, 3, 3],
        [3, 3, 3],
        [3, 3, 3],
      ],
    });
    const weights = initialise(describeNetwork(description), new Random(1));
    expect(initialise(spelled, new Random(1))).toEqual(weights);
    expect(exportNetwork(spelled, weights)).toEqual(exportNetwork(describeNetwork(description), weights));
  });
});
