/** Collects ONNX nodes and initializers while operators are lowered. */
import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
} from "onnx-buf";
import type { ElementType, TensorData } from "./engine.js";

const dataTypes: Record<ElementType, TensorProto_DataType> = {
  float32: TensorProto_DataType.FLOAT,
  float64: TensorProto_DataType.DOUBLE,
  int64: TensorProto_DataType.INT64,
  int32: TensorProto_DataType.INT32,
  bool: TensorProto_DataType.BOOL,
  uint8: TensorProto_DataType.UINT8,
};

/** ONNX's number for an element type. */
export function onnxDataType(type: ElementType): TensorProto_DataType {
  return dataTypes[type];
}

/** ONNX Runtime's operators on blocked channels (NCHWc): part of its native CPU provider alone. */
export const blockedDomain = "com.microsoft.nchwc";

/** An attribute as the lowering writes it: whole numbers become INT(S), texts STRING, `{ float }` FLOAT. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export class OnnxEmitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly shared = new Map<string, string>();
  private count = 0;

  /**
   * @param prefix of all names that it makes up, so that they are nobody else's in the model
   * @param channelBlock of the engine that the model is for (`Engine.channelBlock`); without: any engine
   */
  constructor(
    private readonly prefix = "",
    readonly channelBlock?: number,
  ) {}

  /** Adds a node with one result and returns the result's name (a new one unless `into` gives it). */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
    into = this.name(),
  ): string {
    this.nodes.push(
      create(NodeProtoSchema, {
        opType: operator,
        input: [...inputs],
        output: [into],
        attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      }),
    );
    return into;
  }

  /** Adds a node of ONNX Runtime's own operators on blocked channels and returns its result's name. */
  blockedNode(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute>,
  ): string {
    const result = this.node(operator, inputs, attributes);
    (this.nodes.at(-1) as NodeProto).domain = blockedDomain;
    return result;
  }

  /** A one-dimensional int64 initializer; equal ones are shared. */
  integers(values: readonly number[]): string {
    return this.sharedInitializer(`i:${values.join()}`, "int64", [values.length], () =>
      BigInt64Array.from(values, (value) => BigInt(value)),
    );
  }

  /** A float32 number of shape []; equal ones are shared. */
  float(value: number): string {
    return this.sharedInitializer(`f:${value}`, "float32", [], () => Float32Array.of(value));
  }

  /** An initializer under a given name. */
  initializer(name: string, type: ElementType, dims: readonly number[], data: TensorData): void {
    this.initializers.push(
      create(TensorProtoSchema, {
        name,
        dims: dims.map((size) => BigInt(size)),
        dataType: onnxDataType(type),
        rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
      }),
    );
  }

  /** The part from `starts` up to `ends` along some axes. */
  slice(
    input: string,
    { axes, starts, ends }: { axes: readonly number[]; starts: readonly number[]; ends: readonly number[] },
    into?: string,
  ): string {
    const operands = [input, this.integers(starts), this.integers(ends), this.integers(axes)];
    return this.node("Slice", operands, {}, into);
  }

  reshape(input: string, dims: readonly number[], into?: string): string {
    return this.node("Reshape", [input, this.integers(dims)], {}, into);
  }

  transpose(input: string, order: readonly number[], into?: string): string {
    return this.node("Transpose", [input], { perm: order }, into);
  }

  private name(): string {
    return `${this.prefix}t${this.count++}`;
  }

  private sharedInitializer(
    key: string,
    type: ElementType,
    dims: readonly number[],
    data: () => TensorData,
  ): string {
    const known = this.shared.get(key);
    if (known !== undefined) return known;
    const name = `${this.prefix}c${this.shared.size}`;
    this.initializer(name, type, dims, data());
    this.shared.set(key, name);
    return name;
  }
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  const { INT, INTS, STRING, FLOAT } = AttributeProto_AttributeType;
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: INTS, ints: value.map((item) => BigInt(item)) });
}
