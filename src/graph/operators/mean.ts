/** The mean over axes, built from the sum. */
import { elementCount, knownSizes } from "../dimension.js";
import type { Value } from "../operator.js";
import { multiply } from "./arithmetic.js";
import { sum } from "./reduction.js";

/** Mean over some axes (default: all), which stay with size 1. */
export function mean(x: Value, axes: readonly number[] = x.dims.map((_, axis) => axis)): Value {
  const sizes = knownSizes(
    axes.map((axis) => x.dims[axis]!),
    "mean",
  );
  return multiply(sum(x, axes), 1 / elementCount(sizes));
}
