/** Other inputs and outputs for a network that itself stays as it is. */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  ModelProtoSchema,
  type TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { OnnxEmitter } from "../onnx-emitter.js";
import type { ReadModel } from "./read-model.js";

export interface Rewiring {
  /** The input that `before` makes from the new one. */
  readonly replaces: string;
  readonly input: ValueInfoProto;
  readonly before: OnnxEmitter;
  readonly after: OnnxEmitter;
  readonly outputs: readonly ValueInfoProto[];
}

/** Bytes of the model with these ends. Its own nodes, weights and everything that is not understood are untouched. */
export function rewired(
  { proto, graph }: ReadModel,
  { replaces, input, before, after, outputs }: Rewiring,
): Uint8Array {
  return toBinary(ModelProtoSchema, {
    ...proto,
    graph: {
      ...graph,
      input: [input, ...graph.input.filter(({ name }) => name !== replaces)],
      node: [...before.nodes, ...graph.node, ...after.nodes],
      initializer: [...before.initializers, ...graph.initializer, ...after.initializers],
      output: [...outputs],
    },
  });
}

/** @param dims numbers, or names of what is open */
export const valueInfo = (
  name: string,
  type: TensorProto_DataType,
  dims: readonly (number | string)[],
): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: create(TypeProto_TensorSchema, {
          elemType: type,
          shape: create(TensorShapeProtoSchema, { dim: dims.map(dimension) }),
        }),
      },
    }),
  });

const dimension = (size: number | string) =>
  create(TensorShapeProto_DimensionSchema, {
    value:
      typeof size === "number"
        ? { case: "dimValue", value: BigInt(size) }
        : { case: "dimParam", value: size },
  });

/** A node that gives `from` in another type under the name `into`, which is returned. */
export const castTo = (
  emit: OnnxEmitter,
  { from, to, into }: { readonly from: string; readonly to: number; readonly into?: string },
): string => emit.node("Cast", [from], { to }, into);
