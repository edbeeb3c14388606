/** Weights in half precision: half the bytes, any engine, and the numbers of the rounded weights everywhere. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Float16Array } from "@petamoriken/float16";
import { GraphProtoSchema, ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/index.js";
import { webEngine } from "../../src/graph/engines/web.js";
import type { Engine } from "../../src/graph/index.js";
import { withHalfWeights, withSingleWeights } from "../../src/graph/model/index.js";
import { OnnxEmitter } from "../../src/graph/onnx-emitter.js";
import { valueInfo } from "../../src/graph/value-info.js";
import { describeNetwork, exportNetwork, initialise } from "../../src/network/index.js";
import { nodeEngine } from "../../src/run/engines/node.js";

const network = describeNetwork({
  architecture: "unet",
  inputChannels: 1,
  outputChannels: 2,
  channels: 8,
  levels: 3,
  maximumChannels: 320,
  dropout: 0,
});
const weights = initialise(network, new Random(1));
const single = exportNetwork(network, weights);
const half = withHalfWeights(single);
const engines: readonly Engine[] = [nodeEngine({ threads: 1 }), webEngine({ threads: 1 })];

async function logits(engine: Engine, model: Uint8Array): Promise<Float32Array> {
  const session = await engine.open(model);
  const random = new Random(2);
  const data = Float32Array.from({ length: 16 ** 3 }, () => random.normal());
  const { logits } = await session.run({ image: { type: "float32", dims: [1, 1, 16, 16, 16], data } }, [
    "logits",
  ]);
  await session.release();
  return logits!.data as Float32Array;
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((largest, value, at) => Math.max(largest, Math.abs(value - b[at]!)), 0);

describe("a network of our own", () => {
  it("is read from a buffer of Node as from plain bytes", () => {
    const amongOthers = Buffer.concat([Buffer.of(1), half]).subarray(1);
    expect(withSingleWeights(amongOthers)).toEqual(withSingleWeights(half));
  });

  it("takes little more than half the bytes", () => {
    expect(half.length).toBeLessThan(0.6 * single.length);
    expect(half.length).toBeGreaterThan(0.5 * single.length);
  });

  it.each(engines.map((engine) => [engine.name, engine] as const))(
    "%s gives the same logits from the file as it is and as it is opened, near those of single precision",
    async (_, engine) => {
      const [exact, stored, opened] = [
        await logits(engine, single),
        await logits(engine, half),
        await logits(engine, withSingleWeights(half)),
      ];
      expect(largestDifference(stored, opened)).toBeLessThan(1e-5);
      const difference = largestDifference(exact, stored);
      expect(difference).toBeLessThan(0.02);
      expect(difference).toBeGreaterThan(0);
    },
  );

  it("opened, has no constant in half precision and no node for it left", () => {
    const types = fromBinary(ModelProtoSchema, withSingleWeights(half)).graph!;
    expect(types.initializer.filter(({ dataType }) => dataType === TensorProto_DataType.FLOAT16)).toEqual([]);
    expect(types.node.filter(({ opType }) => opType === "Cast")).toEqual([]);
    expect(types.initializer.length).toBe(fromBinary(ModelProtoSchema, single).graph!.initializer.length);
  });

  it("rounded once, is not changed by rounding again", () => {
    expect(withHalfWeights(withSingleWeights(half)).length).toBe(half.length);
    const opened = withSingleWeights(half);
    expect(Buffer.compare(withSingleWeights(withHalfWeights(opened)), opened)).toBe(0);
  });
});

it("opens every number of half precision as what it is", () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, at) => at);
  const emit = new OnnxEmitter();
  emit.node("Cast", ["halves"], { to: TensorProto_DataType.FLOAT }, "x");
  emit.node("Identity", ["x"], {}, "y");
  const { FLOAT16, FLOAT } = TensorProto_DataType;
  const rawData = new Uint8Array(halves.buffer);
  const initializer = [{ name: "halves", dims: [65_536n], dataType: FLOAT16, rawData }];
  const graph = { name: "halves", node: emit.nodes, initializer, output: [valueInfo("y", FLOAT, [65_536])] };
  const opened = withSingleWeights(
    toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: create(GraphProtoSchema, graph as never) })),
  );
  const [tensor] = fromBinary(ModelProtoSchema, opened).graph!.initializer;
  const expected = Float32Array.from(new Float16Array(halves.buffer));
  const found = new Float32Array(tensor!.rawData.slice().buffer);
  // `Object.is` takes one NaN for another.
  expect(found.findIndex((value, at) => !Object.is(value, expected[at]))).toBe(-1);
  expect(found.length).toBe(expected.length);
});

it("keeps a kernel with a number beyond the range as it is", () => {
  const large = exportNetwork(
    network,
    weights.map((value) => value * 1e9),
  );
  expect(Buffer.compare(withHalfWeights(large), large)).toBe(0);
});

it("leaves bytes that are no model to the runtime", () => {
  const bytes = Uint8Array.of(255, 1, 2);
  expect(withSingleWeights(bytes)).toBe(bytes);
  expect(withSingleWeights(single)).toBe(single);
});
