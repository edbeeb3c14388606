/** What an optimiser is: one update of the flat parameter vector, written as graph values. */
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

export interface OptimiserOptions {
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}
