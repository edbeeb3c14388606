/** The inputs of an encoded model: their names, and sizes left open that can be filled in. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ModelProto,
  ModelProtoSchema,
  type TensorShapeProto_Dimension,
  type ValueInfoProto,
} from "onnx-buf";

/** Names of a model's inputs and outputs. */
export function readSignature(model: Uint8Array): { inputs: string[]; outputs: string[] } {
  const proto = fromBinary(ModelProtoSchema, model);
  return {
    inputs: fedInputs(proto).map(({ name }) => name),
    outputs: (proto.graph?.output ?? []).map(({ name }) => name),
  };
}

/** Whether any size of an input is known only when the model runs. */
export function leavesSizesOpen(model: Uint8Array): boolean {
  return fedInputs(fromBinary(ModelProtoSchema, model)).some((input) =>
    dimensionsOf(input).some(({ value }) => value.case !== "dimValue"),
  );
}

/** The model with the sizes of its inputs filled in, by name; inputs without an entry stay as they are. */
export function withInputSizes(
  model: Uint8Array,
  sizes: Readonly<Record<string, readonly number[]>>,
): Uint8Array {
  const proto = fromBinary(ModelProtoSchema, model);
  for (const input of fedInputs(proto)) {
    dimensionsOf(input).forEach((dimension, axis) => {
      const size = sizes[input.name]?.[axis];
      if (size !== undefined) dimension.value = { case: "dimValue", value: BigInt(size) };
    });
  }
  return toBinary(ModelProtoSchema, proto);
}

/** Inputs that must be given; models of early versions list their weights among the inputs as well. */
export function fedInputs({ graph }: ModelProto): ValueInfoProto[] {
  const stored = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).filter(({ name }) => !stored.has(name));
}

function dimensionsOf({ type }: ValueInfoProto): TensorShapeProto_Dimension[] {
  return type?.value.case === "tensorType" ? (type.value.value.shape?.dim ?? []) : [];
}
