/** Sums over axes, and what follows from them: means and the gradient of broadcasting. */
import { type Dimensions, elementCount, knownSizes } from "../dimension.js";
import type { Value } from "../graph.js";
import { applyOperator, defineOperator } from "../operator.js";
import { multiply } from "./arithmetic.js";
import { expand, reshape } from "./shape.js";

interface ReductionAttributes extends Record<string, unknown> {
  /** Axes to sum over; they stay with size 1. */
  readonly axes: readonly number[];
}

export const sumOperator = defineOperator<ReductionAttributes>({
  name: "sum",
  results: ([x], { axes }) => [
    { type: x!.type, dims: x!.dims.map((size, axis) => (axes.includes(axis) ? 1 : size)) },
  ],
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("ReduceSum", [inputs[0]!, emit.integers(attributes.axes)], { keepdims: 1 }, outputs[0]),
  gradient: ({ inputs, gradient }) => [expand(gradient, inputs[0]!.dims)],
});

/** Sum over some axes (default: all), which stay with size 1. */
export function sum(x: Value, axes: readonly number[] = x.dims.map((_, axis) => axis)): Value {
  return axes.length === 0 ? x : applyOperator(sumOperator, [x], { axes });
}

/** Mean over some axes (default: all), which stay with size 1. */
export function mean(x: Value, axes: readonly number[] = x.dims.map((_, axis) => axis)): Value {
  const sizes = knownSizes(
    axes.map((axis) => x.dims[axis]!),
    "mean",
  );
  return multiply(sum(x, axes), 1 / elementCount(sizes));
}

/** Undoes broadcasting: sums a gradient over the axes along which an operand of shape `dims` was repeated. */
export function sumTo(gradient: Value, dims: Dimensions): Value {
  const extra = gradient.dims.length - dims.length;
  const repeated = gradient.dims
    .map((size, axis) => ({ axis, kept: axis >= extra && dims[axis - extra] === size }))
    .filter(({ kept }) => !kept)
    .map(({ axis }) => axis);
  const summed = sum(gradient, repeated);
  return extra === 0 ? summed : reshape(summed, knownSizes(dims, "sumTo"));
}
