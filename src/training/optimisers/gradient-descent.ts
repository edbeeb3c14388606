/** Stochastic gradient descent with momentum and weight decay, as PyTorch's SGD (no dampening, no Nesterov). */
import { z } from "zod";
import { add, multiply, subtract, type Value } from "../../graph/index.js";
import { commonOptions, type Optimiser, type OptimiserKind, weightDecay } from "./optimiser.js";

const options = z.strictObject({
  kind: z.literal("sgd"),
  ...commonOptions,
  weightDecay,
  momentum: z.number().min(0).lt(1).default(0.9).meta({
    description: "share of the last step that the next one keeps",
    unit: "a share",
    change: "up to 0.99 for long trainings",
  }),
});

function createGradientDescent({ weightDecay, momentum }: z.output<typeof options>): Optimiser {
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

export const sgd: OptimiserKind<typeof options> = { options, create: createGradientDescent };
