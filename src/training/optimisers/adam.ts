/** Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), step for step as PyTorch computes them. */
import { add, divide, multiply, slice, square, squareRoot, subtract, type Value } from "../../graph/index.js";
import type { Optimiser, OptimiserOptions } from "./optimiser.js";

export function adam(options: OptimiserOptions, decoupled: boolean): Optimiser {
  const { weightDecay = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  return {
    states: ["moment1", "moment2"],
    scalars: (step) => [1 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    update: ({ parameters, gradient, states, learningRate, scalars }) => {
      const [oldFirst, oldSecond] = states as [Value, Value];
      let start = parameters;
      let slope = gradient;
      if (weightDecay > 0 && decoupled) {
        start = subtract(parameters, multiply(parameters, multiply(learningRate, weightDecay)));
      } else if (weightDecay > 0) {
        slope = add(gradient, multiply(parameters, weightDecay));
      }
      const first = add(multiply(oldFirst, beta1), multiply(slope, 1 - beta1));
      const second = add(multiply(oldSecond, beta2), multiply(square(slope), 1 - beta2));
      const rate = multiply(learningRate, slice(scalars, 0, 0, 1));
      const deviation = add(multiply(squareRoot(second), slice(scalars, 0, 1, 2)), epsilon);
      const moved = subtract(start, multiply(divide(first, deviation), rate));
      return { parameters: moved, states: [first, second] };
    },
  };
}
