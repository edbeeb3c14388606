/** ONNX Runtime for browsers: WebAssembly on the CPU (in Node too, where tests use it), WebGPU on a graphics card. */
import * as ort from "onnxruntime-web";
import type { Engine, SessionOptions } from "../engine.js";
import { type OrtRuntime, ortEngine } from "./ort.js";
import { webTraits } from "./web-traits.js";

/** @param defaults of every session, where `open` does not say otherwise */
export function webEngine(defaults: SessionOptions = {}): Engine {
  return ortEngine(ort as unknown as OrtRuntime, webTraits, defaults);
}
