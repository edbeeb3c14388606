import { expect, it } from "vitest";
import { Cancelled, WorkerLost } from "./computer.js";
import { failureOf } from "./failure.js";

/** As an error arrives from a worker: its class is lost. */
const arrived = (name: string, message: string): Error => Object.assign(new Error(message), { name });

it("knows want of memory by the words of engines and runtimes", () => {
  for (const error of [
    arrived("RangeError", "Array buffer allocation failed"),
    arrived("RangeError", "Invalid typed array length: 8589934592"),
    arrived("Error", "failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc"),
    arrived("RangeError", "WebAssembly.Memory(): could not allocate memory"),
    arrived("RuntimeError", "Aborted(OOM)"),
    arrived("Error", "/onnxruntime/core/common/safeint.h:17 SafeIntExceptionHandler Integer overflow"),
    4_213_704,
  ]) {
    expect(failureOf(error), String(error)).toEqual({ kind: "memory" });
  }
});

it("leaves to people what they can mend, in the words that were found for it", () => {
  const message = "scan.nii: found bytes, expected a file that is not out of memory. Fetch it.";
  expect(failureOf(arrived("UserError", message))).toEqual({ kind: "user", message });
});

it("tells what was stopped, what died, and what is a defect", () => {
  expect(failureOf(new Cancelled("stopped")).kind).toBe("cancelled");
  expect(failureOf(new WorkerLost("")).kind).toBe("lost");
  expect(failureOf(arrived("TypeError", "x is not\na function"))).toEqual({
    kind: "defect",
    message: "TypeError: x is not a function",
  });
});
