import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";

const schema = z.strictObject({ step: z.literal("z-score") });

/** Mean 0 and standard deviation 1 over the prepared channel; 0 everywhere where all intensities are equal. */
export const zScore: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values) {
    let sum = 0;
    for (const value of values) sum += value;
    const mean = sum / values.length;
    let squares = 0;
    for (const value of values) squares += (value - mean) ** 2;
    const deviation = Math.sqrt(squares / values.length) || 1;
    for (let at = 0; at < values.length; at++) values[at] = (values[at]! - mean) / deviation;
  },
};
