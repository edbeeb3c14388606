/** ONNX Runtime's native engine for Node. */
import "./without-telemetry.js";
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import type { Engine, SessionOptions } from "../../graph/engine.js";
import { type OrtRuntime, ortEngine } from "../../graph/engines/ort.js";
import { SessionThread } from "./session-thread.js";
import { withSessionsBeside } from "./side-by-side-session.js";

/** @param defaults of every session, where `open` does not say otherwise */
export function nodeEngine(defaults: SessionOptions = {}): Engine {
  const engine = ortEngine(
    ort as unknown as OrtRuntime,
    {
      name: "onnxruntime-node",
      providers: { cpu: "cpu", webgpu: "webgpu" },
      writesFetches: true,
      mayBlockChannels: true,
    },
    defaults,
  );
  // A graphics card computes one thing after the other whoever asks for it.
  if (engine.device === "webgpu") return engine;
  const threads = defaults.threads ?? availableParallelism();
  return {
    ...engine,
    async open(model, options) {
      const session = await engine.open(model, options);
      const asked = { ...defaults, ...options };
      return asked.device === "webgpu"
        ? session
        : withSessionsBeside(session, model, { ...asked, threads: asked.threads ?? threads });
    },
    threads,
    openApart: (model, options) => SessionThread.open(model, { ...defaults, ...options }),
  };
}
