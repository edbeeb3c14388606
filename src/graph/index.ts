export { type EncodeOptions, encode } from "./encode.js";
export {
  type Device,
  devices,
  type ElementType,
  type Engine,
  type Session,
  type SessionOptions,
  type Tensor,
  type TensorData,
} from "./engine.js";
export { type OrtRuntime, ortEngine, type RuntimeTraits } from "./engines/ort.js";
export { gradients } from "./gradient.js";
export { Graph } from "./graph.js";
export type { OnnxModel } from "./onnx-model.js";
export type { Value } from "./operator.js";
export * from "./operators/index.js";
