import type { RuntimeTraits } from "./ort.js";

/** ONNX Runtime's builds for browsers. */
export const webTraits: RuntimeTraits = {
  name: "onnxruntime-web",
  providers: { cpu: "wasm", webgpu: "webgpu" },
  writesFetches: false,
};
