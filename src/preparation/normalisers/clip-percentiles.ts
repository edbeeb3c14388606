import { z } from "zod";
import { percentilesOf } from "../../volume/index.js";
import type { NormaliserStep } from "./normaliser.js";
import { ascending, clamp } from "./range.js";

const percentile = z.number().min(0).max(100);

const schema = z
  .strictObject({
    step: z.literal("clip-percentiles"),
    low: percentile.describe("percentile, 0 to 100"),
    high: percentile.describe("percentile, 0 to 100"),
  })
  .refine(({ low, high }) => low < high, ascending);

/** A window between two percentiles of the prepared channel (linear between ranks, as NumPy). */
export const clipPercentiles: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values, { low, high }) {
    const [darkest, brightest] = percentilesOf(values, [low, high]) as [number, number];
    clamp(values, darkest, brightest);
  },
};
