/** ONNX Runtime for browsers: WebAssembly on the CPU (in Node too, where tests use it), WebGPU on a graphics card. */
import * as ort from "onnxruntime-web";
import type { Engine, SessionOptions } from "../engine.js";
import { type OrtRuntime, ortEngine } from "./ort.js";
import { webTraits } from "./web-traits.js";

/**
 * @param defaults of every session, where `open` does not say otherwise; `threads` are WebAssembly's, which start with the first
 *   session and serve all of them (default: half the cores, four at most)
 */
export function webEngine(defaults: SessionOptions = {}): Engine {
  // The number that a session is opened with is not heard here.
  if (defaults.threads !== undefined) ort.env.wasm.numThreads = defaults.threads;
  return ortEngine(ort as unknown as OrtRuntime, webTraits, defaults);
}
