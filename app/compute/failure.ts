/** What a person reads when something fails: one sentence, and whether the worker can go on. */
import { Cancelled, WorkerLost } from "./computer.js";

export type Failure =
  | { readonly kind: "cancelled" }
  /** The file, the bundle or the choice is at fault; the sentence says what to do. */
  | { readonly kind: "user"; readonly message: string }
  /** There was not enough memory: the worker's may be spoilt. */
  | { readonly kind: "memory" }
  | { readonly kind: "lost" }
  | { readonly kind: "defect"; readonly message: string };

/**
 * How WebAssembly, ONNX Runtime and JavaScript say that memory ran out. ONNX Runtime throws bare numbers where an exception
 * of C++ could not be read, which in practice is a failed allocation, and an overflow of sizes where a tensor is larger than
 * all memory that WebAssembly can have.
 */
const OUT_OF_MEMORY =
  /allocation failed|out of memory|could not allocate|bad_alloc|\bOOM\b|memory access out of bounds|Invalid (typed )?array length|Array buffer allocation|Failed to allocate|SafeInt.*overflow/i;

export function failureOf(error: unknown): Failure {
  if (error instanceof Cancelled) return { kind: "cancelled" };
  if (typeof error === "number") return { kind: "memory" };
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  // Errors lose their class on the way from the worker, and keep their name.
  if (name === "UserError") return { kind: "user", message };
  if (OUT_OF_MEMORY.test(message)) return { kind: "memory" };
  if (error instanceof WorkerLost) return { kind: "lost" };
  return { kind: "defect", message: `${name}: ${message}`.replace(/\s+/g, " ").slice(0, 300) };
}
