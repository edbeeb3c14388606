/** Stochastic gradient descent with momentum and weight decay, as PyTorch's SGD (no dampening, no Nesterov). */
import { add, multiply, subtract, type Value } from "../../graph/index.js";
import type { Optimiser, OptimiserOptions } from "./optimiser.js";

export function gradientDescent(options: OptimiserOptions): Optimiser {
  const { weightDecay = 0, momentum = 0.9 } = options;
  return {
    states: ["momentum"],
    scalars: () => [1, 1],
    update: ({ parameters, gradient, states, learningRate }) => {
      const slope = weightDecay > 0 ? add(gradient, multiply(parameters, weightDecay)) : gradient;
      const velocity = add(multiply(states[0] as Value, momentum), slope);
      return { parameters: subtract(parameters, multiply(velocity, learningRate)), states: [velocity] };
    },
  };
}
