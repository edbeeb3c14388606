/** ONNX Runtime in the page: its files lie beside the page and come from nowhere else. */
import type { Engine } from "../../src/graph/engine.js";
import { type OrtRuntime, ortEngine } from "../../src/graph/engines/ort.js";
import { webTraits } from "../../src/graph/engines/web-traits.js";
import type { OwnComputing } from "./protocol.js";

/** The part of ONNX Runtime that is set up before a model is opened. */
interface WebRuntime {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: unknown } };
}

/** @param folder address of the runtime's files */
export async function pageEngine(computing: OwnComputing, folder: string): Promise<Engine> {
  // The build for processors is half as large, and faster there.
  const runtime = (computing.device === "webgpu"
    ? await import("onnxruntime-web/webgpu")
    : await import("onnxruntime-web/wasm")) as unknown as OrtRuntime & WebRuntime;
  const threads = computing.device === "cpu" ? computing.threads : 1;
  runtime.env.wasm.wasmPaths = folder;
  runtime.env.wasm.numThreads = threads;
  return ortEngine(runtime, webTraits, { device: computing.device, threads });
}
