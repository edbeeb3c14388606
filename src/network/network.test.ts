import { describe, expect, it } from "vitest";
import { Random } from "../base/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { architectures, describeNetwork, exportNetwork, featureOutput, initialise } from "./index.js";

describe.each(Object.keys(architectures) as (keyof typeof architectures)[])("%s", (architecture) => {
  const network = describeNetwork({
    architecture,
    channels: 4,
    levels: 3,
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
      expect(results[featureOutput(name)]?.dims, name).toEqual([
        1,
        channels,
        8 / stride,
        16 / stride,
        12 / stride,
      ]);
    }
    expect(results.logits?.dims).toEqual([1, 2, 8, 16, 12]);
    await session.release();
  });

  it("starts from the same weights for the same seed, from others for another", () => {
    const first = initialise(network, new Random(5));
    expect(initialise(network, new Random(5))).toEqual(first);
    expect(initialise(network, new Random(6))).not.toEqual(first);
  });
});
