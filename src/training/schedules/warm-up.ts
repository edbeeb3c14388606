/** A start in small steps, for schedules that depend on the step alone. */
import { z } from "zod";

export const warmUpOption = z.int().min(0).default(0).meta({
  description: "updates in which the rate rises in a straight line to what the schedule says",
  unit: "updates",
  change: "up to some hundred where the first updates throw the loss about",
});

/** The rate of a schedule, smaller in the first `warmUp` updates. */
export const warmedUp =
  (warmUp: number, rate: (step: number) => number) =>
  (step: number): number =>
    rate(step) * Math.min(1, (step + 1) / (warmUp + 1));
