/** ONNX Runtime's WebAssembly engine, for browsers (and for Node, where tests use it). */
import * as ort from "onnxruntime-web";
import type { Engine } from "../engine.js";
import { type OrtRuntime, ortEngine } from "./ort.js";

export function webEngine(): Engine {
  return ortEngine(ort as unknown as OrtRuntime, "onnxruntime-web (WASM)", { executionProviders: ["wasm"] });
}
