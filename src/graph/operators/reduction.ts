/** Sums over axes and the repeating of axes: each is the other's gradient, and broadcasting's gradient is a sum. */
import { broadcast, type Dimension, type Dimensions, knownSizes } from "../dimension.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";
import { reshape } from "./shape.js";

interface SumAttributes extends Record<string, unknown> {
  /** Axes to sum over; they stay with size 1. */
  readonly axes: readonly number[];
}

export const sumOperator = defineOperator<SumAttributes>({
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

interface ExpandAttributes extends Record<string, unknown> {
  readonly dims: readonly number[];
}

export const expandOperator = defineOperator<ExpandAttributes>({
  name: "expand",
  results: ([x], { dims }) => [{ type: x!.type, dims: broadcast(x!.dims, dims) }],
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("Expand", [inputs[0]!, emit.integers(attributes.dims)], {}, outputs[0]),
  gradient: ({ inputs, gradient }) => [sumTo(gradient, inputs[0]!.dims)],
});

/** Repeats axes of size 1 up to `dims`. */
export const expand = (x: Value, dims: readonly Dimension[]): Value =>
  applyOperator(expandOperator, [x], { dims: knownSizes(dims, "expand") });

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
