/** Comparison and choice: greater, where; maximum and minimum built from them. */
import { broadcast } from "../dimension.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";
import { multiply } from "./arithmetic.js";
import { sumTo } from "./reduction.js";

/** a > b, as bool; constant almost everywhere, so it passes no gradient. */
export const greaterOperator = defineOperator({
  name: "greater",
  results: ([a, b]) => [{ type: "bool", dims: broadcast(a!.dims, b!.dims) }],
  lower: ({ emit, inputs, outputs }) => emit.node("Greater", inputs, {}, outputs[0]),
  gradient: () => [undefined, undefined],
});

export const greater = (a: Value, b: Value): Value => applyOperator(greaterOperator, [a, b], {});

/** Elements of `a` where the condition holds, of `b` elsewhere. */
export const whereOperator = defineOperator({
  name: "where",
  results: ([condition, a, b]) => [
    { type: a!.type, dims: broadcast(condition!.dims, broadcast(a!.dims, b!.dims)) },
  ],
  lower: ({ emit, inputs, outputs }) => emit.node("Where", inputs, {}, outputs[0]),
  gradient: ({ inputs, gradient, wanted }) => {
    const [condition, a, b] = inputs as [Value, Value, Value];
    const zero = multiply(gradient, 0);
    return [
      undefined,
      wanted[1] ? sumTo(where(condition, gradient, zero), a.dims) : undefined,
      wanted[2] ? sumTo(where(condition, zero, gradient), b.dims) : undefined,
    ];
  },
});

export const where = (condition: Value, a: Value, b: Value): Value =>
  applyOperator(whereOperator, [condition, a, b], {});

export const maximum = (a: Value, b: Value): Value => where(greater(a, b), a, b);
export const minimum = (a: Value, b: Value): Value => where(greater(a, b), b, a);
