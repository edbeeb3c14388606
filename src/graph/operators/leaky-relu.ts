/** Leaky rectifier: x where positive, slope * x elsewhere (slope 0 is the plain rectifier). */
import { applyOperator, defineOperator, type Value } from "../operator.js";

interface SlopeAttributes extends Record<string, unknown> {
  readonly slope: number;
}

/** Gradient through the rectifier, read off the sign of its RESULT, so that the operand need not be kept. */
export const leakyReluGradientOperator = defineOperator<SlopeAttributes>({
  name: "leakyReluGradient",
  results: ([y]) => [{ type: y!.type, dims: y!.dims }],
  lower: ({ emit, inputs, outputs, attributes }) => {
    const [result, gradient] = inputs as [string, string];
    const positive = emit.node("Greater", [result, emit.float(0)]);
    const factor = emit.node("Where", [positive, emit.float(1), emit.float(attributes.slope)]);
    emit.node("Mul", [gradient, factor], {}, outputs[0]);
  },
});

export const leakyReluOperator = defineOperator<SlopeAttributes>({
  name: "leakyRelu",
  results: ([x]) => [{ type: x!.type, dims: x!.dims }],
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("LeakyRelu", inputs, { alpha: { float: attributes.slope } }, outputs[0]),
  gradient: ({ outputs, gradient, attributes }) => [
    applyOperator(leakyReluGradientOperator, [outputs[0]!, gradient], attributes),
  ],
});

export const leakyRelu = (x: Value, slope = 0.01): Value => applyOperator(leakyReluOperator, [x], { slope });
