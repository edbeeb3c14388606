/** Operators that move values without changing them: reshape, transpose, slice, pad, concatenate. */
import { elementCount, knownSizes } from "../dimension.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";

interface DimsAttributes extends Record<string, unknown> {
  readonly dims: readonly number[];
}

export const reshapeOperator = defineOperator<DimsAttributes>({
  name: "reshape",
  results: ([x], { dims }) => {
    if (elementCount(knownSizes(x!.dims, "reshape")) !== elementCount(dims)) {
      throw new RangeError(`reshape: [${x!.dims.join(", ")}] does not fit into [${dims.join(", ")}]`);
    }
    return [{ type: x!.type, dims }];
  },
  lower: ({ emit, inputs, outputs, attributes }) => emit.reshape(inputs[0]!, attributes.dims, outputs[0]),
  gradient: ({ inputs, gradient }) => [reshape(gradient, knownSizes(inputs[0]!.dims, "reshape"))],
});

export const reshape = (x: Value, dims: readonly number[]): Value =>
  applyOperator(reshapeOperator, [x], { dims });

interface TransposeAttributes extends Record<string, unknown> {
  /** `order[i]` is the operand's axis that becomes axis i. */
  readonly order: readonly number[];
}

export const transposeOperator = defineOperator<TransposeAttributes>({
  name: "transpose",
  results: ([x], { order }) => [{ type: x!.type, dims: order.map((axis) => x!.dims[axis]!) }],
  lower: ({ emit, inputs, outputs, attributes }) => emit.transpose(inputs[0]!, attributes.order, outputs[0]),
  gradient: ({ gradient, attributes }) => [
    transpose(
      gradient,
      attributes.order.map((_, axis) => attributes.order.indexOf(axis)),
    ),
  ],
});

export const transpose = (x: Value, order: readonly number[]): Value =>
  applyOperator(transposeOperator, [x], { order });

interface SliceAttributes extends Record<string, unknown> {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

export const sliceOperator = defineOperator<SliceAttributes>({
  name: "slice",
  results: ([x], { axis, start, end }) => {
    const size = x!.dims[axis];
    if (typeof size === "number" && (start < 0 || end > size || start >= end)) {
      throw new RangeError(`slice: [${start}, ${end}) is not inside an axis of size ${size}`);
    }
    return [{ type: x!.type, dims: x!.dims.map((own, index) => (index === axis ? end - start : own)) }];
  },
  lower: ({ emit, inputs, outputs, attributes: { axis, start, end } }) =>
    emit.slice(inputs[0]!, { axes: [axis], starts: [start], ends: [end] }, outputs[0]),
  gradient: ({ inputs, gradient, attributes: { axis, start, end } }) => {
    const size = knownSizes(inputs[0]!.dims, "slice")[axis]!;
    return [pad(gradient, axis, start, size - end)];
  },
});

/** The part [start, end) of one axis. */
export const slice = (x: Value, axis: number, start: number, end: number): Value =>
  applyOperator(sliceOperator, [x], { axis, start, end });

interface PadAttributes extends Record<string, unknown> {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

export const padOperator = defineOperator<PadAttributes>({
  name: "pad",
  results: ([x], { axis, before, after }) => {
    const sizes = knownSizes(x!.dims, "pad");
    return [
      { type: x!.type, dims: sizes.map((size, index) => (index === axis ? size + before + after : size)) },
    ];
  },
  lower: ({ emit, inputs, outputs, operands, attributes: { axis, before, after } }) => {
    const rank = operands[0]!.dims.length;
    const pads = new Array<number>(2 * rank).fill(0);
    pads[axis] = before;
    pads[rank + axis] = after;
    emit.node("Pad", [inputs[0]!, emit.integers(pads)], {}, outputs[0]);
  },
  gradient: ({ inputs, gradient, attributes: { axis, before } }) => {
    const size = knownSizes(inputs[0]!.dims, "pad")[axis]!;
    return [slice(gradient, axis, before, before + size)];
  },
});

/** Zeros before and after along one axis. */
export const pad = (x: Value, axis: number, before: number, after: number): Value =>
  applyOperator(padOperator, [x], { axis, before, after });

interface ConcatenateAttributes extends Record<string, unknown> {
  readonly axis: number;
}

export const concatenateOperator = defineOperator<ConcatenateAttributes>({
  name: "concatenate",
  results: (operands, { axis }) => {
    const along = knownSizes(
      operands.map((operand) => operand.dims[axis]!),
      "concatenate",
    );
    const total = along.reduce((a, b) => a + b, 0);
    const first = operands[0]!;
    for (const operand of operands) {
      if (operand.dims.some((size, index) => index !== axis && size !== first.dims[index])) {
        throw new RangeError(
          `concatenate: shapes ${operands.map(({ dims }) => `[${dims.join(", ")}]`).join(" and ")} differ off axis ${axis}`,
        );
      }
    }
    return [{ type: first.type, dims: first.dims.map((size, index) => (index === axis ? total : size)) }];
  },
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("Concat", inputs, { axis: attributes.axis }, outputs[0]),
  gradient: ({ inputs, gradient, attributes: { axis }, wanted }) => {
    let start = 0;
    return inputs.map((input, position) => {
      const from = start;
      start += input.dims[axis] as number;
      return wanted[position] ? slice(gradient, axis, from, start) : undefined;
    });
  },
});

export const concatenate = (values: readonly [Value, ...Value[]], axis: number): Value =>
  applyOperator(concatenateOperator, values, { axis });
