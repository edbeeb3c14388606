/** Networks of other software, exported by their own exporters: taken in, they give what their software gives. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  adoptModel,
  chooseOutput,
  imageInput,
  layerNames,
  layersOf,
  observeModel,
  outputNames,
  readModel,
} from "../../src/graph/model/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import type { FilesBeside } from "../../src/sources/index.js";
import { type FixtureTensor, loadFixture } from "../oracle/load-fixture.js";
import { expectClose } from "./reference/gradient-check.js";

/** Layout: test/oracle/any-model/tiny.py */
interface Networks {
  readonly models: readonly {
    readonly name: string;
    readonly opset: number;
    readonly meaning: "logits" | "softmax" | "sigmoid";
    readonly half: boolean;
  }[];
}

const { index, tensor } = loadFixture<Networks>("any-model/networks");
const fileOf = (name: string) => new URL(`../oracle/fixtures/any-model/${name}`, import.meta.url);
const beside: FilesBeside = (name) => ({ name, read: async () => readFileSync(fileOf(name)) });
const engine = nodeEngine();

async function taken(name: string) {
  const file = `${name}.onnx`;
  const model = await readModel(readFileSync(fileOf(file)), file, beside);
  const input = imageInput(model);
  const names = [...new Set([...layerNames(model), ...outputNames(model)])];
  const image = tensor(`${name}/image`);
  const observed = await observeModel(engine, model, input, { names, window: image.dims.slice(2) });
  const output = chooseOutput(model, observed);
  const layers = layersOf(model, observed);
  return { model, input, image, output, layers };
}

/** Along the classes, in double precision. */
function activated(logits: FixtureTensor, activation: string): Float64Array {
  const classes = logits.dims[1]!;
  const voxels = logits.data.length / classes;
  const exponentials = logits.data.map(Math.exp);
  return exponentials.map((value, place) => {
    if (activation === "sigmoid") return value / (1 + value);
    let total = 0;
    for (let of = 0; of < classes; of++) total += exponentials[of * voxels + (place % voxels)]!;
    return value / total;
  });
}

describe.each(index.models)("$name", ({ name, opset, meaning, half }) => {
  it("gives torch's probabilities, and feature maps of two strides or more", async () => {
    const { model, input, image, output, layers } = await taken(name);
    expect(model.opset).toBe(opset);
    expect(output.meaning).toBe(meaning);
    const expected = tensor(`${name}/probabilities`);
    expect(output.channels).toBe(expected.dims[1]);

    const usual = layers.filter((layer) => layer.usual);
    const scales = usual.map(({ strides }) => strides.reduce((product, stride) => product * stride, 1));
    expect(scales.length).toBeGreaterThanOrEqual(2);
    expect(scales).toEqual([...new Set(scales)].sort((a, b) => a - b));

    const axes = image.dims.length === 5 ? "kji" : "ji";
    const adopted = adoptModel(model, { input, output, layers: usual, axes, inputChannels: 1 });
    const session = await engine.open(adopted, { threads: 1 });
    const dims = axes === "ji" ? [1, 1, 1, ...image.dims.slice(2)] : image.dims;
    const results = await session.run({
      [session.inputNames[0]!]: { type: "float32", dims, data: Float32Array.from(image.data) },
    });
    await session.release();
    const logits = results[session.outputNames[0]!]!;
    expect(logits.dims).toEqual([1, output.channels, ...dims.slice(2)]);
    const found = activated(
      { dims: [...logits.dims], data: Float64Array.from(logits.data as Float32Array) },
      meaning === "sigmoid" ? "sigmoid" : "softmax",
    );
    expectClose(found, expected.data, half ? 2e-2 : 1e-5, name);
    for (const [place, { name: layer, channels, strides }] of usual.entries()) {
      const map = results[session.outputNames[place + 1]!]!;
      const along = axes === "ji" ? [1, ...strides] : strides;
      expect(map.dims, layer).toEqual([
        1,
        channels,
        ...dims.slice(2).map((size, axis) => size / along[axis]!),
      ]);
    }
  });
});

describe("strides", () => {
  it("are those of each axis where a network halves its axes at different depths", async () => {
    const { layers } = await taken("nnunet-anisotropic");
    const usual = layers.filter((layer) => layer.usual);
    expect(usual.map(({ strides }) => strides)).toEqual([
      [1, 1, 1],
      [1, 2, 2],
      [2, 4, 4],
    ]);
  });
});

describe("weights beside the model", () => {
  it("are refused where no folder is given", async () => {
    const bytes = readFileSync(fileOf("segresnet-external.onnx"));
    await expect(readModel(bytes, "segresnet-external.onnx")).rejects.toThrow(/file/);
  });
});
