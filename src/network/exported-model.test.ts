/** Exported models against what Python's onnx.checker and ONNX Runtime made of them (test/oracle/exported_model.py). */

import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import exported from "../../test/oracle/exported-networks.json" with { type: "json" };
import { loadFixture } from "../../test/oracle/load-fixture.js";
import { Random } from "../base/index.js";
import type { Tensor } from "../graph/index.js";
import { nodeEngine } from "../run/engines/node.js";
import { describeNetwork, exportNetwork, initialise, type NetworkDescription } from "./index.js";

interface Index {
  readonly models: Readonly<Record<string, { sha256: string; outputs: string[] }>>;
  readonly sizes: readonly number[][];
}

const { index, tensor } = loadFixture<Index>("exported-model");

it.each(exported.networks as NetworkDescription[])(
  "$architecture: the bytes that Python checked give its outputs at every size",
  async (description) => {
    const { architecture } = description;
    const network = describeNetwork(description);
    const bytes = exportNetwork(network, initialise(network, Random.stream(exported.seed, architecture)));
    const { sha256, outputs } = index.models[architecture]!;
    // Otherwise the outputs below say nothing of Python: run the script again after a change of the encoding.
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    expect(outputs).toEqual(["logits", ...network.layers.map(({ name }) => `features/${name}`)]);

    const session = await nodeEngine().open(bytes, { threads: 1 });
    for (const number of index.sizes.keys()) {
      const image = tensor(`${architecture}/${number}/image`);
      const feed: Tensor = { type: "float32", dims: image.dims, data: Float32Array.from(image.data) };
      const results = await session.run({ image: feed }, outputs);
      for (const name of outputs) {
        const expected = tensor(`${architecture}/${number}/${name}`);
        const found = results[name]!;
        expect(found.dims).toEqual(expected.dims);
        const worst = Math.max(...expected.data.map((value, at) => Math.abs(value - Number(found.data[at]))));
        expect(worst).toBeLessThan(1e-5);
      }
    }
    await session.release();
  },
);
