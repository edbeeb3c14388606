export { type EncodeOptions, encode } from "./encode.js";
export type { ElementType, Engine, Session, SessionOptions, Tensor, TensorData } from "./engine.js";
export { type OrtRuntime, ortEngine } from "./engines/ort.js";
export { gradients } from "./gradient.js";
export { Graph } from "./graph.js";
export type { Value } from "./operator.js";
export * from "./operators/index.js";
