/** Elementwise operators of one operand. */
import { type Attributes, applyOperator, defineOperator, type Operator, type Value } from "../operator.js";
import { divide, multiply, negate, subtract } from "./arithmetic.js";

/** The rule gets the operand x, the result y and the gradient dy. */
function unary(
  name: string,
  onnxName: string,
  rule: (x: Value, y: Value, dy: Value) => Value,
): Operator<Attributes> {
  return defineOperator({
    name,
    results: ([x]) => [{ type: x!.type, dims: x!.dims }],
    lower: ({ emit, inputs, outputs }) => emit.node(onnxName, inputs, {}, outputs[0]),
    gradient: ({ inputs, outputs, gradient }) => [rule(inputs[0]!, outputs[0]!, gradient)],
  });
}

export const exponentialOperator = unary("exponential", "Exp", (_x, y, dy) => multiply(dy, y));
export const logarithmOperator = unary("logarithm", "Log", (x, _y, dy) => divide(dy, x));
export const squareRootOperator = unary("squareRoot", "Sqrt", (_x, y, dy) => divide(dy, multiply(y, 2)));
export const reciprocalOperator = unary("reciprocal", "Reciprocal", (_x, y, dy) =>
  negate(multiply(dy, multiply(y, y))),
);
export const absoluteOperator = unary("absolute", "Abs", (x, _y, dy) => multiply(dy, sign(x)));
export const signOperator = unary("sign", "Sign", (x) => multiply(x, 0));
export const sigmoidOperator = unary("sigmoid", "Sigmoid", (_x, y, dy) =>
  multiply(dy, multiply(y, subtract(1, y))),
);
export const tanhOperator = unary("tanh", "Tanh", (_x, y, dy) => multiply(dy, subtract(1, multiply(y, y))));
/** log(1 + exp(x)), stable for large |x|. */
export const softplusOperator = unary("softplus", "Softplus", (x, _y, dy) => multiply(dy, sigmoid(x)));

export const exponential = (x: Value): Value => applyOperator(exponentialOperator, [x], {});
export const logarithm = (x: Value): Value => applyOperator(logarithmOperator, [x], {});
export const squareRoot = (x: Value): Value => applyOperator(squareRootOperator, [x], {});
export const reciprocal = (x: Value): Value => applyOperator(reciprocalOperator, [x], {});
export const absolute = (x: Value): Value => applyOperator(absoluteOperator, [x], {});
export const sign = (x: Value): Value => applyOperator(signOperator, [x], {});
export const sigmoid = (x: Value): Value => applyOperator(sigmoidOperator, [x], {});
export const tanh = (x: Value): Value => applyOperator(tanhOperator, [x], {});
export const softplus = (x: Value): Value => applyOperator(softplusOperator, [x], {});
export const square = (x: Value): Value => multiply(x, x);
