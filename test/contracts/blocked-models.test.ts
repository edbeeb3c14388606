/** The contract of finished models on blocked channels: they say what they say as they are, whatever sizes come. */
import { create, toBinary } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType } from "onnx-buf";
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { type OrtRuntime, ortEngine, type Tensor } from "../../src/graph/index.js";
import { type OnnxAttribute, OnnxEmitter } from "../../src/graph/onnx-emitter.js";
import { valueInfo } from "../../src/graph/value-info.js";
import { describeNetwork, exportNetwork, initialise } from "../../src/network/index.js";

const opened: Uint8Array[] = [];
/** ONNX Runtime, keeping the models that it is given. */
const noting = {
  ...ort,
  InferenceSession: {
    create: (model: Uint8Array, options: never) => {
      opened.push(model);
      return ort.InferenceSession.create(model, options);
    },
  },
} as unknown as OrtRuntime;
const traits = { name: "native", providers: { cpu: "cpu", webgpu: "webgpu" }, writesFetches: true };
const plainEngine = ortEngine(noting, traits);
const engine = ortEngine(noting, { ...traits, mayBlockChannels: true });
const block = await engine.channelBlock?.();

const isBlocked = (model: Uint8Array | undefined): boolean =>
  Buffer.from(model ?? []).includes("com.microsoft.nchwc");

function tensor(dims: number[], random: Random): Tensor {
  const count = dims.reduce((product, size) => product * size, 1);
  return { type: "float32", dims, data: Float32Array.from({ length: count }, () => random.normal()) };
}

function expectSame(found: Tensor | undefined, expected: Tensor | undefined): void {
  expect(found?.dims).toEqual(expected?.dims);
  const [values, reference] = [found?.data, expected?.data] as [Float32Array, Float32Array];
  const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - reference[i]!)), 0);
  const largest = reference.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(worst / largest).toBeLessThan(1e-5);
}

const image = (dims: number[]) => ({ image: tensor(dims, new Random(dims[2] as number)) });

describe.skipIf(block === undefined)("models on blocked channels (skipped: no such layout here)", () => {
  const network = describeNetwork({
    architecture: "residual-unet",
    channels: 16,
    levels: 3,
    inputChannels: 1,
    outputChannels: 2,
    maximumChannels: 64,
    dropout: 0,
  });
  const exported = exportNetwork(network, initialise(network, new Random(2)));

  it("give the plain results for whatever sizes come, all asked at once", async () => {
    const [plain, blocked] = [await plainEngine.open(exported), await engine.open(exported)];
    expect(blocked.inputNames).toEqual(plain.inputNames);
    expect(blocked.outputNames).toEqual(plain.outputNames);
    const outputs = ["logits", "features/bottleneck", "features/decoder0"];
    const sizes = [
      [1, 1, 16, 20, 24],
      [1, 1, 16, 20, 24],
      [2, 1, 24, 16, 12],
      [1, 1, 4, 4, 4],
      [1, 1, 16, 20, 24],
    ];
    const found = await Promise.all(sizes.map((dims) => blocked.run(image(dims), outputs)));
    expect(isBlocked(opened.at(-1))).toBe(true);
    for (const [index, dims] of sizes.entries()) {
      const expected = await plain.run(image(dims), outputs);
      for (const name of outputs) expectSame(found[index]?.[name], expected[name]);
    }
    await Promise.all([plain.release(), blocked.release()]);
  });

  it("say exactly the same of an image however often and after whatever else they see it", async () => {
    const session = await engine.open(exported);
    const once = await session.run(image([1, 1, 16, 16, 16]), ["logits"]);
    await session.run(image([1, 1, 12, 16, 16]), ["logits"]);
    const again = await session.run(image([1, 1, 16, 16, 16]), ["logits"]);
    expect(again.logits?.data).toEqual(once.logits?.data);
    await session.release();
  });

  it("keep the bias of a convolution from elsewhere, and leave other kinds of convolution alone", async () => {
    const same = { kernel_shape: [3, 3, 3], pads: [1, 1, 1, 1, 1, 1] };
    const model = convolutionChain([
      same,
      { ...same, dilations: [2, 2, 2], pads: [2, 2, 2, 2, 2, 2] },
      { ...same, strides: [2, 2, 2] },
      { kernel_shape: [3, 3, 3], auto_pad: "SAME_UPPER" },
      { ...same, pads: [0, 0, 0, 2, 2, 2] },
      same,
    ]);
    const feeds = { x: tensor([1, 16, 20, 22, 24], new Random(8)) };
    const [plain, blocked] = [await plainEngine.open(model), await engine.open(model)];
    const [expected, found] = [await plain.run(feeds), await blocked.run(feeds)];
    expect(isBlocked(opened.at(-1))).toBe(true);
    expectSame(found.y, expected.y);
  });

  it("stay as they are where no convolution is large enough, and for a runtime that has no blocks", async () => {
    const small = await engine.open(exported);
    await small.run(image([1, 1, 4, 4, 4]), ["logits"]);
    expect(isBlocked(opened.at(-1))).toBe(false);
    const narrow = describeNetwork({ ...network.description, channels: 4, levels: 2 });
    const session = await engine.open(exportNetwork(narrow, initialise(narrow, new Random(2))));
    await session.run(image([1, 1, 16, 16, 16]), ["logits"]);
    expect(isBlocked(opened.at(-1))).toBe(false);
    const plain = await plainEngine.open(exported);
    await plain.run(image([1, 1, 16, 16, 16]), ["logits"]);
    expect(opened.at(-1)).toBe(exported);
  });

  it("are refused when they are opened, not when an image comes", async () => {
    await expect(engine.open(exported.slice(0, exported.length / 2))).rejects.toThrow();
  });
});

/** Convolutions of 16 channels with bias, one after the other, as a model of open size. */
function convolutionChain(attributes: readonly Record<string, OnnxAttribute>[]): Uint8Array {
  const emit = new OnnxEmitter();
  const random = new Random(4);
  let x = "x";
  attributes.forEach((entry, index) => {
    const [kernel, bias] = [`kernel${index}`, `bias${index}`];
    const weights = tensor([16, 16, 3, 3, 3], random).data as Float32Array;
    const small = weights.map((value) => value / 20);
    emit.initializer(kernel, "float32", [16, 16, 3, 3, 3], small);
    emit.initializer(bias, "float32", [16], tensor([16], random).data);
    x = emit.node("Conv", [x, kernel, bias], entry, index === attributes.length - 1 ? "y" : undefined);
  });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: 18n })],
    graph: create(GraphProtoSchema, {
      name: "chain",
      node: emit.nodes,
      initializer: emit.initializers,
      input: [valueInfo("x", TensorProto_DataType.FLOAT, ["N", 16, "D", "H", "W"])],
      output: [valueInfo("y", TensorProto_DataType.FLOAT, ["N", 16, "d", "h", "w"])],
    }),
  });
  return toBinary(ModelProtoSchema, model);
}
