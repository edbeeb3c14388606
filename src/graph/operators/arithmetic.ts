/** Arithmetic, elementwise with ONNX (numpy) broadcasting: add, subtract, multiply, divide; and negate. */
import { broadcast } from "../dimension.js";
import {
  type Attributes,
  applyOperator,
  defineOperator,
  type GradientRequest,
  type Operator,
  type Value,
} from "../operator.js";
import { sumTo } from "./reduction.js";

function binary(
  name: string,
  onnxName: string,
  gradient: (request: GradientRequest<Attributes>, a: Value, b: Value) => [() => Value, () => Value],
): Operator {
  return defineOperator({
    name,
    results: ([a, b]) => [{ type: a!.type, dims: broadcast(a!.dims, b!.dims) }],
    lower: ({ emit, inputs, outputs }) => emit.node(onnxName, inputs, {}, outputs[0]),
    gradient: (request) => {
      const [a, b] = request.inputs as [Value, Value];
      const rules = gradient(request, a, b);
      return [a, b].map((operand, position) =>
        request.wanted[position] ? sumTo(rules[position]!(), operand.dims) : undefined,
      );
    },
  });
}

export const addOperator = binary("add", "Add", ({ gradient }) => [() => gradient, () => gradient]);
export const subtractOperator = binary("subtract", "Sub", ({ gradient }) => [
  () => gradient,
  () => negate(gradient),
]);
export const multiplyOperator = binary("multiply", "Mul", ({ gradient }, a, b) => [
  () => multiply(gradient, b),
  () => multiply(gradient, a),
]);
export const divideOperator = binary("divide", "Div", ({ gradient, outputs }, _a, b) => [
  () => divide(gradient, b),
  () => negate(divide(multiply(gradient, outputs[0]!), b)),
]);

export const negateOperator = defineOperator({
  name: "negate",
  results: ([x]) => [{ type: x!.type, dims: x!.dims }],
  lower: ({ emit, inputs, outputs }) => emit.node("Neg", inputs, {}, outputs[0]),
  gradient: ({ gradient }) => [negate(gradient)],
});

/** A value or a plain number, which becomes a float32 scalar of the same graph. */
export type Operand = Value | number;

function both(a: Operand, b: Operand): [Value, Value] {
  if (typeof a !== "number") return [a, typeof b === "number" ? a.graph.scalar(b) : b];
  if (typeof b === "number") throw new TypeError("at least one operand must be a value of a graph");
  return [b.graph.scalar(a), b];
}

export const add = (a: Operand, b: Operand): Value => applyOperator(addOperator, both(a, b), {});
export const subtract = (a: Operand, b: Operand): Value => applyOperator(subtractOperator, both(a, b), {});
export const multiply = (a: Operand, b: Operand): Value => applyOperator(multiplyOperator, both(a, b), {});
export const divide = (a: Operand, b: Operand): Value => applyOperator(divideOperator, both(a, b), {});
export const negate = (x: Value): Value => applyOperator(negateOperator, [x], {});
