import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { nodeEngine } from "../graph/engines/node.js";
import type { Session } from "../graph/index.js";
import { Random } from "../random.js";
import {
  architectures,
  describeNetwork,
  exportNetwork,
  featureOutput,
  initialise,
  type NetworkDescription,
  parameterCount,
} from "./index.js";

/** Layout: test/oracle/exported_model.py. */
interface ExportedModelIndex {
  readonly models: readonly {
    name: string;
    description: NetworkDescription;
    masks: boolean;
    metadata: Record<string, string>;
    sha256: string;
    inputs: string[];
    outputs: string[];
  }[];
  readonly runs: readonly string[];
}

const fixture = loadFixture<ExportedModelIndex>("exported-model");

describe.each(fixture.index.models)("exported model $name", (model) => {
  const network = describeNetwork(model.description);
  const parameters = Float32Array.from(fixture.tensor(`parameters/${model.name}`).data);
  const bytes = exportNetwork(network, parameters, model);
  let session: Session;

  beforeAll(async () => {
    session = await nodeEngine().open(bytes);
  });
  afterAll(() => session.release());

  it("is the very file that the onnx checker passed in Python", () => {
    expect(parameters).toHaveLength(parameterCount(network.layout));
    // Where the export was changed on purpose: run test/oracle/exported_model.py again.
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(model.sha256);
  });

  it("names its inputs and outputs as Python sees them, one output a layer", () => {
    expect(session.inputNames).toEqual(model.inputs);
    expect(session.outputNames).toEqual(model.outputs);
    expect(model.outputs).toEqual(["logits", ...network.layers.map(({ name }) => featureOutput(name))]);
  });

  it.each(fixture.index.runs)("gives what Python's ONNX Runtime gives on the %s, to 1e-5", async (run) => {
    const feeds = Object.fromEntries(
      model.inputs.map((name) => {
        const { dims, data } = fixture.tensor(`${model.name}/${run}/${name}`);
        return [name, { type: "float32" as const, dims, data: Float32Array.from(data) }];
      }),
    );
    const results = await session.run(feeds);
    for (const name of model.outputs) {
      const expected = fixture.tensor(`${model.name}/${run}/${name}`);
      expect(results[name]?.dims, name).toEqual(expected.dims);
      const found = results[name]?.data as Float32Array;
      const furthest = expected.data.reduce(
        (most, value, at) => Math.max(most, Math.abs(value - found[at]!)),
        0,
      );
      expect(furthest, name).toBeLessThan(1e-5);
    }
  });
});

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
