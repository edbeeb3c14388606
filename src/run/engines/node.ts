/** ONNX Runtime's native CPU engine for Node. */
import * as ort from "onnxruntime-node";
import type { Engine } from "../../graph/engine.js";
import { type OrtRuntime, ortEngine } from "../../graph/engines/ort.js";

export function nodeEngine(): Engine {
  return ortEngine(ort as unknown as OrtRuntime, "onnxruntime-node (CPU)");
}
