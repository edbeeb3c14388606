import * as ort from "onnxruntime-web";
import { expect, it } from "vitest";
import { webEngine } from "./web.js";

it("asks WebAssembly for the threads that it is given, and for none where it is given none", () => {
  const before = ort.env.wasm.numThreads;
  webEngine();
  expect(ort.env.wasm.numThreads).toBe(before);
  webEngine({ threads: 3 });
  expect(ort.env.wasm.numThreads).toBe(3);
});
