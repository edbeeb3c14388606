/** Leaky rectifier: x where positive, slope * x elsewhere (slope 0 is the plain rectifier). */
import { applyOperator, defineOperator, type Value } from "../operator.js";

interface SlopeAttributes extends Record<string, unknown> {
  readonly slope: number;
}

/**
 * Carries every positive float32 down to the smallest normal one beyond 1, so that a clip tells the two sides apart: half
 * the time of a comparison and a choice.
 */
const hugeFactor = 1e38;

/** Gradient through the rectifier, read off the sign of its RESULT, so that the operand need not be kept. */
export const leakyReluGradientOperator = defineOperator<SlopeAttributes>({
  name: "leakyReluGradient",
  results: ([y]) => [{ type: y!.type, dims: y!.dims }],
  lower: ({ emit, inputs, outputs, attributes }) => {
    const [result, gradient] = inputs as [string, string];
    const steep = emit.node("Mul", [result, emit.float(hugeFactor)]);
    const factor = emit.node("Clip", [steep, emit.float(attributes.slope), emit.float(1)]);
    emit.node("Mul", [gradient, factor], {}, outputs[0]);
  },
});

export const leakyReluOperator = defineOperator<SlopeAttributes>({
  name: "leakyRelu",
  results: ([x], { slope }) => {
    if (!(slope >= 0 && slope <= 1)) throw new RangeError(`leakyRelu: slope ${slope}, expected 0 to 1`);
    return [{ type: x!.type, dims: x!.dims }];
  },
  lower: ({ emit, inputs, outputs, attributes }) =>
    emit.node("LeakyRelu", inputs, { alpha: { float: attributes.slope } }, outputs[0]),
  gradient: ({ outputs, gradient, attributes }) => [
    applyOperator(leakyReluGradientOperator, [outputs[0]!, gradient], attributes),
  ],
});

export const leakyRelu = (x: Value, slope = 0.01): Value => applyOperator(leakyReluOperator, [x], { slope });
