/** A bundle whose network wants more memory than WebAssembly can have. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type GraphProto, ModelProtoSchema } from "onnx-buf";
import { type Bundle, packBundle } from "../../src/bundle/index.js";
import { OnnxEmitter } from "../../src/graph/onnx-emitter.js";

/** The same bundle, whose window must be 16 x 16 x 16, but to each logit the largest of 4 GiB of zeros is added. */
export function greedyBundle(bundle: Bundle): Promise<Record<string, Uint8Array>> {
  const model = fromBinary(ModelProtoSchema, bundle.model);
  const graph = model.graph as GraphProto;
  const emit = new OnnxEmitter("greedy/");
  for (const node of graph.node) {
    node.output = node.output.map((name) => (name === "logits" ? "greedy/logits" : name));
    node.input = node.input.map((name) => (name === "logits" ? "greedy/logits" : name));
  }
  // The size depends on the image, so that nothing can be computed when the model is opened.
  const shape = emit.node("Shape", ["image"]);
  const size = emit.node("Mul", [shape, emit.integers([1, 1, 511, 513, 1])]);
  const zeros = emit.node("ConstantOfShape", [size]);
  const largest = emit.node("ReduceMax", [zeros]);
  emit.node("Add", ["greedy/logits", largest], {}, "logits");
  graph.node.push(...emit.nodes);
  graph.initializer.push(...emit.initializers);
  return packBundle({ ...bundle, model: toBinary(ModelProtoSchema, model) });
}
