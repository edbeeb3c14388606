/** Writes small ONNX models for the tests of the reference evaluator, and compares it with ONNX Runtime on them. */

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type TensorProtoSchema,
} from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect } from "vitest";
import { Random } from "../../../src/base/index.js";
import { expectClose } from "./gradient-check.js";
import { openReference } from "./reference-session.js";

export type TestType = "float32" | "float64" | "int64" | "int32" | "uint8" | "bool";

export interface TestTensor {
  readonly type: TestType;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** The value of an attribute, tagged with its ONNX type. */
export type TestAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly tensor: TestTensor };

export interface TestNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly domain?: string;
}

export interface TestModel {
  readonly nodes: readonly TestNode[];
  readonly inputs?: Readonly<Record<string, { type: TestType; dims: readonly (number | string)[] }>>;
  readonly initializers?: Readonly<Record<string, TestTensor>>;
  readonly outputs: readonly string[];
  readonly opset?: number;
}

const dataTypes: Readonly<Record<TestType, DataType>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int64: DataType.INT64,
  int32: DataType.INT32,
  uint8: DataType.UINT8,
  bool: DataType.BOOL,
};

const arrays = {
  float32: (data: readonly number[]) => Float32Array.from(data),
  float64: (data: readonly number[]) => Float64Array.from(data),
  int64: (data: readonly number[]) => BigInt64Array.from(data, (value) => BigInt(value)),
  int32: (data: readonly number[]) => Int32Array.from(data),
  uint8: (data: readonly number[]) => Uint8Array.from(data),
  bool: (data: readonly number[]) => Uint8Array.from(data),
};

/** The bytes of a ModelProto. */
export function buildModel(model: TestModel): Uint8Array {
  const proto = create(ModelProtoSchema, {
    irVersion: 9n,
    opsetImport: [{ domain: "", version: BigInt(model.opset ?? 21) }],
    graph: {
      name: "test",
      node: model.nodes.map((node) => ({
        opType: node.operator,
        domain: node.domain ?? "",
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes ?? {}).map(([name, value]) => attributeProto(name, value)),
      })),
      input: Object.entries(model.inputs ?? {}).map(([name, { type, dims }]) => ({
        name,
        type: {
          value: {
            case: "tensorType" as const,
            value: { elemType: dataTypes[type], shape: { dim: dims.map(dimensionProto) } },
          },
        },
      })),
      initializer: Object.entries(model.initializers ?? {}).map(([name, tensor]) =>
        tensorProto(name, tensor),
      ),
      output: model.outputs.map((name) => ({ name })),
    },
  });
  return toBinary(ModelProtoSchema, proto);
}

function dimensionProto(dim: number | string) {
  return typeof dim === "number"
    ? { value: { case: "dimValue" as const, value: BigInt(dim) } }
    : { value: { case: "dimParam" as const, value: dim } };
}

function tensorProto(
  name: string,
  { type, dims, data }: TestTensor,
): MessageInitShape<typeof TensorProtoSchema> {
  const array = arrays[type](data);
  return {
    name,
    dims: dims.map(BigInt),
    dataType: dataTypes[type],
    rawData: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) as Uint8Array<ArrayBuffer>,
  };
}

function attributeProto(name: string, value: TestAttribute): MessageInitShape<typeof AttributeProtoSchema> {
  if ("int" in value) return { name, type: AttributeType.INT, i: BigInt(value.int) };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ("text" in value) return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value.text) };
  if ("ints" in value) return { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) };
  if ("floats" in value) return { name, type: AttributeType.FLOATS, floats: [...value.floats] };
  return { name, type: AttributeType.TENSOR, t: tensorProto("", value.tensor) };
}

let stream = 0;

/** Normal numbers, each exactly representable in float32. */
export function random(...dims: number[]): TestTensor {
  const numbers = Random.stream(20, "reference", stream++);
  const data = Array.from({ length: count(dims) }, () => Math.fround(numbers.normal()));
  return { type: "float32", dims, data };
}

/** Uniform numbers in [low, high). */
export function uniform(low: number, high: number, ...dims: number[]): TestTensor {
  const numbers = Random.stream(21, "reference", stream++);
  const data = Array.from({ length: count(dims) }, () => Math.fround(numbers.between(low, high)));
  return { type: "float32", dims, data };
}

/** Whole numbers in [low, high). */
export function randomIntegers(low: number, high: number, ...dims: number[]): TestTensor {
  const numbers = Random.stream(22, "reference", stream++);
  const data = Array.from({ length: count(dims) }, () => low + numbers.below(high - low));
  return { type: "int64", dims, data };
}

export function randomTruth(...dims: number[]): TestTensor {
  return { ...randomIntegers(0, 2, ...dims), type: "bool" };
}

/** A list of int64, such as a shape or axes. */
export function integers(...data: number[]): TestTensor {
  return { type: "int64", dims: [data.length], data };
}

export function floats(...data: number[]): TestTensor {
  return { type: "float32", dims: [data.length], data: data.map(Math.fround) };
}

export function scalar(value: number, type: TestType = "float32"): TestTensor {
  return { type, dims: [], data: [type === "float32" ? Math.fround(value) : value] };
}

function count(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A model of one node whose inputs are the model's, and what to feed it. An input left out is `undefined`. */
function oneNode(
  operator: string,
  inputs: readonly (TestTensor | undefined)[],
  attributes: Readonly<Record<string, TestAttribute>> = {},
  { outputs = 1, opset = 21 } = {},
): { model: TestModel; feeds: Record<string, TestTensor> } {
  const feeds = Object.fromEntries(inputs.flatMap((each, index) => (each ? [[`in${index}`, each]] : [])));
  const names = Array.from({ length: outputs }, (_, index) => `out${index}`);
  const node = {
    operator,
    inputs: inputs.map((each, index) => (each ? `in${index}` : "")),
    outputs: names,
    attributes,
  };
  return { model: { nodes: [node], inputs: feeds, outputs: names, opset }, feeds };
}

/** Evaluates one node with the reference evaluator alone; returns the first output. */
export function evaluateNode(...node: Parameters<typeof oneNode>): { dims: number[]; data: Float64Array } {
  const { model, feeds } = oneNode(...node);
  return openReference(buildModel(model)).run(feeds).out0!;
}

/** Fails unless the reference evaluator and ONNX Runtime agree on one node, in dimensions and in values. */
export async function expectNodeLikeRuntime(...node: Parameters<typeof oneNode>): Promise<void> {
  const { model, feeds } = oneNode(...node);
  await expectLikeRuntime(model, feeds);
}

/** Fails unless the reference evaluator and ONNX Runtime agree on a model, in dimensions and in values. */
export async function expectLikeRuntime(
  model: TestModel,
  feeds: Readonly<Record<string, TestTensor>>,
  tolerance = 1e-5,
): Promise<void> {
  const bytes = buildModel(model);
  const results = openReference(bytes).run(feeds);
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    graphOptimizationLevel: "disabled",
  });
  const tensors = Object.entries(feeds).map(([name, { type, dims, data }]) => [
    name,
    new Tensor(type, arrays[type](data) as Float32Array, dims),
  ]);
  const wanted = await session.run(Object.fromEntries(tensors));
  for (const name of model.outputs) {
    const [result, truth] = [results[name]!, wanted[name]!];
    expect(result.dims, `dimensions of ${name}`).toEqual(truth.dims);
    const values = Array.from(truth.data as ArrayLike<number | bigint>, Number);
    expectClose(result.data, values, tolerance, `${model.nodes.map((each) => each.operator)}: ${name}`);
  }
  await session.release();
}
