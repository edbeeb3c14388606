/** What a schedule is: the learning rate of every update, from the update's number and the validation losses so far. */
import type { z } from "zod";

/** What a schedule remembers, as plain JSON. */
export type ScheduleState = Readonly<Record<string, number | null>>;

export interface Schedule {
  /** The learning rate of the next update, after `step` updates (the first update has step 0). */
  rate(step: number): number;
  /** Takes note of a validation loss. */
  observe(validationLoss: number): void;
  /** Everything besides the options that later rates depend on. */
  state(): ScheduleState;
  /** Continues where `state` left off. */
  load(state: ScheduleState): void;
}

/** What every schedule starts from. */
export interface ScheduleContext {
  /** The learning rate of the first update. */
  readonly learningRate: number;
  /** Updates of the whole training. */
  readonly updates: number;
}

/** A kind of schedule: the options it takes in the configuration, and how it is made. */
export interface ScheduleKind<Options extends z.ZodType> {
  readonly options: Options;
  readonly create: (options: z.output<Options>, context: ScheduleContext) => Schedule;
}

/** A rate that depends on the step alone and so has nothing to remember. */
export function stepwise(rate: (step: number) => number): Schedule {
  return { rate, observe: () => {}, state: () => ({}), load: () => {} };
}
