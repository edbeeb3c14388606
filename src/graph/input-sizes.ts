/** The inputs of a model: their names, and sizes left open that can be filled in. */
import type { ModelProto, TensorShapeProto_Dimension, TypeProto_Tensor, ValueInfoProto } from "onnx-buf";

/** Names of a model's inputs and outputs. */
export const readSignature = (model: ModelProto): { inputs: string[]; outputs: string[] } => ({
  inputs: fedInputs(model).map(({ name }) => name),
  outputs: (model.graph?.output ?? []).map(({ name }) => name),
});

/** Whether any size of an input is known only when the model runs. */
export const leavesSizesOpen = (model: ModelProto): boolean =>
  fedInputs(model).some((input) => dimensionsOf(input).some(({ value }) => value.case !== "dimValue"));

/** The model with the sizes of its inputs filled in, by name; inputs without an entry stay as they are. */
export function withInputSizes(
  model: ModelProto,
  sizes: Readonly<Record<string, readonly number[]>>,
): ModelProto {
  const { graph } = model;
  if (graph === undefined) return model;
  const fed = new Set(fedInputs(model));
  const input = graph.input.map((one) => {
    const own = sizes[one.name];
    return own === undefined || !fed.has(one) ? one : withSizes(one, own);
  });
  return { ...model, graph: { ...graph, input } };
}

function withSizes(input: ValueInfoProto, sizes: readonly number[]): ValueInfoProto {
  const { type } = input;
  if (type?.value.case !== "tensorType") return input;
  const tensor: TypeProto_Tensor = type.value.value;
  if (tensor.shape === undefined) return input;
  const dim = tensor.shape.dim.map((dimension, axis): TensorShapeProto_Dimension => {
    const size = sizes[axis];
    return size === undefined
      ? dimension
      : { ...dimension, value: { case: "dimValue", value: BigInt(size) } };
  });
  const filled = { ...tensor, shape: { ...tensor.shape, dim } };
  return { ...input, type: { ...type, value: { case: "tensorType", value: filled } } };
}

/** Inputs that must be given; models of early versions list their weights among the inputs as well. */
export function fedInputs({ graph }: ModelProto): ValueInfoProto[] {
  const stored = new Set(graph?.initializer.map(({ name }) => name));
  return (graph?.input ?? []).filter(({ name }) => !stored.has(name));
}

function dimensionsOf({ type }: ValueInfoProto): TensorShapeProto_Dimension[] {
  return type?.value.case === "tensorType" ? (type.value.value.shape?.dim ?? []) : [];
}
