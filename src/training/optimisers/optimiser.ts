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
  learningRate: z.number().positive().default(1e-3).describe("of the first update; the schedule lowers it"),
  clipNorm: z
    .number()
    .min(0)
    .default(12)
    .describe("gradients longer than this (Euclidean norm) are shortened to it; 0: never"),
};

export const weightDecay = z.number().min(0).default(0).describe("pull of every weight towards 0");
