/**
 * A learning rate that is lowered when the validation loss stops falling.
 *
 * Behaves as PyTorch's ReduceLROnPlateau in mode "min" with a relative threshold of 1e-4, called once a validation:
 * after more than `patience` validations in a row that do not beat the best loss by the threshold, the rate is
 * multiplied by `factor`, down to `minimum` at the least.
 */
import { z } from "zod";
import type { Schedule, ScheduleContext, ScheduleKind } from "./schedule.js";

const options = z.strictObject({
  kind: z.literal("plateau"),
  factor: z.number().gt(0).lt(1).default(0.5).meta({
    description: "what the rate is multiplied with",
    unit: "a factor",
    change: "up for gentler steps",
  }),
  patience: z.int().nonnegative().default(5).meta({
    description: "validations in a row without a better loss that are forgiven",
    unit: "validations",
    change: "up where the validation loss is noisy",
  }),
  minimum: z
    .number()
    .nonnegative()
    .default(1e-6)
    .meta({ description: "the rate never falls below this", unit: "a learning rate", change: "hardly ever" }),
});

/** A loss is better when it is below the best by this share of it. */
const THRESHOLD = 1e-4;
/** A change of the rate that is smaller is left out. */
const LEAST_CHANGE = 1e-8;

class Plateau implements Schedule {
  private current: number;
  private best = Number.POSITIVE_INFINITY;
  private bad = 0;

  constructor(
    private readonly options: { factor: number; patience: number; minimum: number },
    { learningRate }: ScheduleContext,
  ) {
    this.current = learningRate;
  }

  rate(): number {
    return this.current;
  }

  observe(validationLoss: number): void {
    if (validationLoss < this.best * (1 - THRESHOLD)) {
      this.best = validationLoss;
      this.bad = 0;
    } else {
      this.bad++;
    }
    if (this.bad <= this.options.patience) return;
    this.bad = 0;
    const lowered = Math.max(this.current * this.options.factor, this.options.minimum);
    if (this.current - lowered > LEAST_CHANGE) this.current = lowered;
  }

  state() {
    return { rate: this.current, best: Number.isFinite(this.best) ? this.best : null, bad: this.bad };
  }

  load(state: Readonly<Record<string, number | null>>): void {
    this.current = state.rate ?? this.current;
    this.best = state.best ?? Number.POSITIVE_INFINITY;
    this.bad = state.bad ?? 0;
  }
}

export const plateau: ScheduleKind<typeof options> = {
  options,
  create: (chosen, context) => new Plateau(chosen, context),
};
