/** Clipping of the whole gradient by its Euclidean norm, as PyTorch's clip_grad_norm_. */
import { add, divide, minimum, multiply, square, squareRoot, sum, type Value } from "../../graph/index.js";

/** @returns the gradient, scaled down to `limit` where its norm is larger (0: never), and the norm before */
export function clipByNorm(gradient: Value, limit: number): { gradient: Value; norm: Value } {
  const norm = squareRoot(sum(square(gradient)));
  if (limit <= 0) return { gradient, norm };
  const factor = minimum(divide(limit, add(norm, 1e-6)), gradient.graph.scalar(1));
  return { gradient: multiply(gradient, factor), norm };
}
