/** Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), step for step as PyTorch computes them. */
import { z } from "zod";
import { add, divide, multiply, slice, square, squareRoot, subtract, type Value } from "../../graph/index.js";
import { commonOptions, type Optimiser, type OptimiserKind, weightDecay } from "./optimiser.js";

const decayRate = (what: string, usual: number) =>
  z
    .number()
    .min(0)
    .lt(1)
    .default(usual)
    .meta({
      description: `share of the running mean of ${what} that an update keeps`,
      unit: "a share",
      change: "hardly ever",
    });

const moments = {
  ...commonOptions,
  weightDecay,
  beta1: decayRate("gradients", 0.9),
  beta2: decayRate("squared gradients", 0.999),
};

const adamOptions = z.strictObject({ kind: z.literal("adam").default("adam"), ...moments });
const adamwOptions = z.strictObject({ kind: z.literal("adamw"), ...moments });

/** Keeps the step finite where a parameter has had no gradient yet. */
const EPSILON = 1e-8;

type AdamOptions = z.output<typeof adamOptions> | z.output<typeof adamwOptions>;

function createAdam({ kind, weightDecay, beta1, beta2 }: AdamOptions): Optimiser {
  return {
    states: ["moment1", "moment2"],
    scalars: (step) => [1 / (1 - beta1 ** step), 1 / Math.sqrt(1 - beta2 ** step)],
    update: ({ parameters, gradient, states, learningRate, scalars }) => {
      const [oldFirst, oldSecond] = states as [Value, Value];
      let start = parameters;
      let slope = gradient;
      if (weightDecay > 0 && kind === "adamw") {
        start = subtract(parameters, multiply(parameters, multiply(learningRate, weightDecay)));
      } else if (weightDecay > 0) {
        slope = add(gradient, multiply(parameters, weightDecay));
      }
      const first = add(multiply(oldFirst, beta1), multiply(slope, 1 - beta1));
      const second = add(multiply(oldSecond, beta2), multiply(square(slope), 1 - beta2));
      const rate = multiply(learningRate, slice(scalars, 0, 0, 1));
      const deviation = add(multiply(squareRoot(second), slice(scalars, 0, 1, 2)), EPSILON);
      const moved = subtract(start, multiply(divide(first, deviation), rate));
      return { parameters: moved, states: [first, second] };
    },
  };
}

/** Weight decay is added to the gradient. */
export const adam: OptimiserKind<typeof adamOptions> = { options: adamOptions, create: createAdam };

/** Weight decay shrinks the weights themselves, apart from the gradient. */
export const adamw: OptimiserKind<typeof adamwOptions> = { options: adamwOptions, create: createAdam };
