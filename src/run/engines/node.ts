/** ONNX Runtime's native engine for Node. */
import "./without-telemetry.js";
import * as ort from "onnxruntime-node";
import type { Engine, SessionOptions } from "../../graph/engine.js";
import { type OrtRuntime, ortEngine } from "../../graph/engines/ort.js";

/** @param defaults of every session, where `open` does not say otherwise */
export function nodeEngine(defaults: SessionOptions = {}): Engine {
  return ortEngine(
    ort as unknown as OrtRuntime,
    {
      name: "onnxruntime-node",
      providers: { cpu: "cpu", webgpu: "webgpu" },
      writesFetches: true,
      mayBlockChannels: true,
    },
    defaults,
  );
}
