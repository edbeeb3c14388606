/** What an optimiser is: one update of the flat parameter vector, written as graph values. */
import { z } from "zod";
import type { Value } from "../../graph/index.js";

export interface Update {
  readonly parameters: Value;
  /** New values of the optimiser's own vectors, in the order of `states`. */
  readonly states: readonly Value[];
}

export interface OptimiserInputs {
  readonly parameters: Value;
  readonly gradient: Value;
  readonly states: readonly Value[];
  /** [1] */
  readonly learningRate: Value;
  /** [2]: what `scalars(step)` returned for this step. */
  readonly scalars: Value;
}

export interface Optimiser {
  /** Names of its own vectors, each as long as the parameters and zero at the start. */
  readonly states: readonly string[];
  /** Two numbers that depend on the step (the first is 1), computed outside the graph in double precision. */
  scalars(step: number): readonly [number, number];
  update(inputs: OptimiserInputs): Update;
}

/** A kind of optimiser: the options it takes in the configuration, with their defaults, and how it is made. */
export interface OptimiserKind<Options extends z.ZodType> {
  readonly options: Options;
  readonly create: (options: z.output<Options>) => Optimiser;
}

/** What a training needs to know whatever the optimiser; the optimiser itself gets the rate with every update. */
export const commonOptions = {
  learningRate: z.number().positive().default(1e-3).meta({
    description: "how far an update moves, at the first one; the schedule lowers it",
    unit: "a learning rate",
    change: "down where the loss jumps, up where it hardly falls",
  }),
  clipNorm: z.number().min(0).default(12).meta({
    description: "gradients longer than this are shortened to it; 0: never",
    unit: "the Euclidean norm of all gradients",
    change: "down where single batches throw training off",
  }),
  averaging: z.number().min(0).lt(1).default(0).meta({
    description:
      "share of the running mean of the weights that an update keeps; the mean is what is validated and shipped; 0: the weights themselves",
    unit: "a share",
    change: "up to 0.99 or 0.999 where validation jumps from one look to the next",
  }),
};

export const weightDecay = z.number().min(0).default(0).meta({
  description: "pull of every weight towards 0",
  unit: "a share of the weight, times the learning rate",
  change: "up to about 0.01 with `adamw` against overfitting",
});
