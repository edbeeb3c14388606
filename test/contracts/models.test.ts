/** Models that Python wrote (test/oracle/models.py): read, described, and brought into the pipeline's form, with the same results. */
import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import type { Engine, Tensor } from "../../src/graph/index.js";
import {
  adoptModel,
  checkOutput,
  chooseOutput,
  imageInput,
  layerNames,
  layersOf,
  type OutputMeaning,
  observeModel,
  outputNames,
  type ReadModel,
  readModel,
} from "../../src/graph/model/index.js";
import { activations } from "../../src/inference/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";
import { type FixtureTensor, loadFixture } from "../oracle/load-fixture.js";

const fixture = loadFixture<{ models: Record<string, { outputs: string[] }> }>("models");
const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../oracle/fixtures/models/${name}.onnx`, import.meta.url)));
const opened = (name: string): Promise<ReadModel> => readModel(bytesOf(name), `${name}.onnx`);
const engine = nodeEngine({ threads: 1 });

/** The usual way of `guard layers` and `guard fit`, on a window of the fixture's size. */
async function observed(name: string) {
  const model = await opened(name);
  const input = imageInput(model);
  const seen = await observeModel(engine, model, input, {
    names: [...new Set([...layerNames(model), ...outputNames(model)])],
    window: [4, 8, 8].slice(5 - input.dims.length),
  });
  return { model, input, seen };
}

/** Logits and features of an image [1, C, (D,) H, W] through the adopted model, in the image's own order of axes. */
async function adopted(name: string, { axes = "kji", on = engine }: { axes?: string; on?: Engine } = {}) {
  const { model, input, seen } = await observed(name);
  const output = chooseOutput(model, seen);
  const layers = layersOf(model, seen).filter(({ usual }) => usual);
  const bytes = adoptModel(model, { input, output, layers, axes, inputChannels: seen.input[1]! });
  const session = await on.open(bytes);
  const image = fixture.tensor(`${name}/image`);
  const feed: Tensor = {
    type: "float32",
    dims: image.dims.length === 4 ? [...image.dims.slice(0, 2), 1, ...image.dims.slice(2)] : image.dims,
    data: Float32Array.from(image.data),
  };
  const results = await session.run({ [session.inputNames[0]!]: feed });
  await session.release();
  const logits = results[session.outputNames[0]!]!;
  return { output, layers, logits, results, names: session.outputNames };
}

/** The softmax over the channels, or the sigmoid, in double precision. */
function probabilities({ dims, data }: FixtureTensor, kind: "softmax" | "sigmoid"): number[] {
  if (kind === "sigmoid") return Array.from(data, (logit) => 1 / (1 + Math.exp(-logit)));
  const voxels = data.length / dims[1]!;
  return Array.from(data, (logit, at) => {
    let total = 0;
    for (let c = 0; c < dims[1]!; c++) total += Math.exp(data[c * voxels + (at % voxels)]! - logit);
    return 1 / total;
  });
}

function ours(logits: Tensor, kind: "softmax" | "sigmoid"): Float32Array {
  const data = Float32Array.from(logits.data as Float32Array);
  activations[kind](data, logits.dims[1]!);
  return data;
}

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(found.length).toBe(expected.length);
  let worst = 0;
  for (let at = 0; at < found.length; at++) worst = Math.max(worst, Math.abs(found[at]! - expected[at]!));
  expect(worst).toBeLessThan(tolerance);
}

const SOFTMAX = ["opset-9", "opset-11", "opset-13", "opset-17", "opset-22", "softmax-turned"];

describe.each(SOFTMAX)("%s", (name) => {
  it("gives the softmax over the channels, whatever its own Softmax normalised over", async () => {
    const { output, logits } = await adopted(name);
    expect(output).toMatchObject({ name: "probabilities", channels: 3, meaning: "softmax" });
    expect(logits.dims).toEqual([1, 3, 4, 8, 8]);
    const expected = probabilities(fixture.tensor(`${name}/logits`), "softmax");
    expectNear(ours(logits, "softmax"), expected, 2e-5);
    // A second softmax of three classes would reach no higher.
    expect(Math.max(...ours(logits, "softmax"))).toBeGreaterThan(Math.E / (Math.E + 2));
  });
});

it("is not fooled by an old Softmax, whose channels do not add up to 1", () => {
  const { data } = fixture.tensor("opset-11/probabilities");
  expect(data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
  expect(Math.max(...data)).toBeLessThan(0.5);
});

it("gives the same on ONNX Runtime in WebAssembly", async () => {
  const { logits } = await adopted("opset-13", { on: webEngine() });
  const expected = probabilities(fixture.tensor("opset-13/logits"), "softmax");
  expectNear(ours(logits, "softmax"), expected, 2e-5);
});

it("gives an old Softmax back where its own numbers are too small to be told from 0", async () => {
  // Logits of 100 in one voxel leave nothing of the others.
  const model = await opened("opset-11");
  const bias = model.graph.initializer.find(({ name }) => name === "logits.bias")!;
  const scale = model.graph.initializer.find(({ name }) => name === "logits.weight")!;
  for (const tensor of [bias, scale]) {
    const numbers = new Float32Array(tensor.rawData.slice().buffer).map((number) => 60 * number);
    tensor.rawData = new Uint8Array(numbers.buffer);
  }
  const input = imageInput(model);
  const seen = await observeModel(engine, model, input, { names: outputNames(model), window: [4, 8, 8] });
  const output = chooseOutput(model, seen);
  const session = await engine.open(
    adoptModel(model, { input, output, layers: [], axes: "kji", inputChannels: 1 }),
  );
  const { dims, data } = fixture.tensor("opset-11/image");
  const run = await session.run({
    [session.inputNames[0]!]: { type: "float32", dims, data: Float32Array.from(data) },
  });
  await session.release();
  const logits = fixture.tensor("opset-11/logits");
  const larger = { dims: logits.dims, data: logits.data.map((logit) => 60 * logit) };
  expect(Math.max(...larger.data) - Math.min(...larger.data)).toBeGreaterThan(100);
  expectNear(ours(run[session.outputNames[0]!]!, "softmax"), probabilities(larger, "softmax"), 1e-3);
});

describe("what the numbers of an output mean", () => {
  const meaningOf = async (name: string, stated?: OutputMeaning): Promise<OutputMeaning> => {
    const { model, input, seen } = await observed(name);
    return checkOutput(engine, model, { input, observed: seen, output: chooseOutput(model, seen), stated });
  };

  it.each<[string, OutputMeaning]>([
    ["opset-9", "softmax"],
    ["opset-22", "softmax"],
    ["softmax-turned", "softmax"],
    ["half", "softmax"],
    ["slices", "softmax"],
    ["sigmoid", "sigmoid"],
    ["logits", "logits"],
    ["labels", "logits"],
  ])("%s: %s, as the graph says and the numbers bear out", async (name, meaning) => {
    expect(await meaningOf(name)).toBe(meaning);
  });

  it("is asked for, not guessed, where they lie between 0 and 1 and nothing says why", async () => {
    await expect(meaningOf("between-0-and-1")).rejects.toThrow(/numbers from 0 to 1, .*expected to be told/);
    expect(await meaningOf("between-0-and-1", "sigmoid")).toBe("sigmoid");
    expect(await meaningOf("between-0-and-1", "logits")).toBe("logits");
  });

  it("must be what the user says", async () => {
    await expect(meaningOf("between-0-and-1", "softmax")).rejects.toThrow(/channels do not add up to 1/);
    await expect(meaningOf("logits", "softmax")).rejects.toThrow(/below 0 or above 1/);
    await expect(meaningOf("logits", "sigmoid")).rejects.toThrow(/below 0 or above 1/);
  });

  it("is refused for a Softmax along another axis than the channels", async () => {
    await expect(meaningOf("softmax-last-axis")).rejects.toThrow(
      /channels do not add up to 1, expected a softmax/,
    );
  });
});

it("takes a sigmoid for each class, without a second one", async () => {
  const { output, logits } = await adopted("sigmoid");
  expect(output.meaning).toBe("sigmoid");
  expectNear(ours(logits, "sigmoid"), fixture.tensor("sigmoid/probabilities").data, 2e-5);
});

it("takes logits as they are", async () => {
  const { output, logits } = await adopted("logits");
  expect(output.meaning).toBe("logits");
  expectNear(logits.data as Float32Array, fixture.tensor("logits/logits").data, 1e-5);
});

it("takes what labels were made of, because labels say nothing of how sure the network is", async () => {
  const { output, logits } = await adopted("labels");
  expect(output).toMatchObject({ name: "logits", channels: 3, meaning: "logits" });
  expectNear(logits.data as Float32Array, fixture.tensor("labels/logits").data, 1e-5);
});

it.each(["coarse-first", "coarse-last"])("%s: finds the output on the image's grid", async (name) => {
  const { output, logits } = await adopted(name);
  expect(output.name).toBe("logits");
  expectNear(logits.data as Float32Array, fixture.tensor(`${name}/logits`).data, 1e-5);
});

it("takes one of two outputs on the image's grid only by its name", async () => {
  const { model, seen } = await observed("two-on-the-grid");
  expect(() => chooseOutput(model, seen)).toThrow(/"other" \[1, 3, 4, 8, 8\], "logits" \[1, 3, 4, 8, 8\]/);
  expect(chooseOutput(model, seen, { name: "logits" }).name).toBe("logits");
  expect(() => chooseOutput(model, seen, { name: "none" })).toThrow(/one called "none"/);
});

it("runs half precision, and its image and logits are single", async () => {
  const { logits } = await adopted("half");
  expect(logits.type).toBe("float32");
  expectNear(ours(logits, "softmax"), fixture.tensor("half/probabilities").data, 5e-3);
});

it.each(["ji", "ij"])("runs slices of axes %s", async (axes) => {
  // With the axes "ij" the network sees the transposed slice.
  const { output, logits, layers } = await adopted("slices", { axes });
  expect(output.meaning).toBe("softmax");
  expect(logits.dims).toEqual([1, 3, 1, 8, 8]);
  expect(layers.map(({ strides }) => strides)).toEqual([
    [1, 1],
    [2, 2],
  ]);
  const expected = probabilities(fixture.tensor("slices/logits"), "softmax");
  if (axes === "ji") expectNear(ours(logits, "softmax"), expected, 2e-5);
  else expect(() => expectNear(ours(logits, "softmax"), expected, 1e-2)).toThrow();
});

it("names several inputs with their sizes", async () => {
  const model = await opened("two-inputs");
  expect(() => imageInput(model)).toThrow(/2 inputs: "image" \[1, 2, \?, \?, \?\], "threshold" \[1\]/);
});

it("does not take weights for inputs that early versions of the format list there", async () => {
  const file = fromBinary(ModelProtoSchema, bytesOf("opset-9"));
  expect(file.graph!.input.length).toBeGreaterThan(1);
  expect(imageInput(await opened("opset-9")).name).toBe("image");
});

describe("layers", () => {
  it("have a stride for each axis, seen and not inferred", async () => {
    const { model, seen } = await observed("opset-17");
    const layers = layersOf(model, seen);
    expect(
      Object.fromEntries(layers.map(({ name, channels, strides }) => [name, [channels, ...strides]])),
    ).toEqual({
      conv0: [4, 1, 1, 1],
      norm0: [4, 1, 1, 1],
      act0: [4, 1, 1, 1],
      conv1: [6, 1, 2, 2],
      norm1: [6, 1, 2, 2],
      act1: [6, 1, 2, 2],
      up0: [4, 1, 1, 1],
      concat0: [8, 1, 1, 1],
      conv2: [4, 1, 1, 1],
      act2: [4, 1, 1, 1],
      logits: [3, 1, 1, 1],
    });
  });

  it("are tapped once a level, after the activation, the deepest one included", async () => {
    const { model, seen } = await observed("opset-17");
    const usual = layersOf(model, seen).filter((layer) => layer.usual);
    expect(usual.map(({ name }) => name)).toEqual(["act0", "act1"]);
  });

  it("come out as the network computed them", async () => {
    const { results, names } = await adopted("opset-17");
    expect(names.slice(1)).toEqual(["features/act0", "features/act1"]);
    expect(results["features/act1"]!.dims).toEqual([1, 6, 4, 4, 4]);
    const deep = results["features/act1"]!.data as Float32Array;
    expect(Math.min(...deep)).toBe(0);
    expect(Math.max(...deep)).toBeGreaterThan(0.5);
  });
});

it("is found in every fixture: a model that no test here knows is a fault of the test", () => {
  expect(Object.keys(fixture.index.models).length).toBe(17);
});

it("tells what it refuses in an error for users", async () => {
  await expect(readModel(new Uint8Array(0), "x.onnx")).rejects.toBeInstanceOf(UserError);
});
