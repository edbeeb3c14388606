import { z } from "zod";
import { percentilesOf } from "../../volume/index.js";
import type { NormaliserStep } from "./normaliser.js";
import { ascending, clamp } from "./range.js";

const percentile = z.number().min(0).max(100);

const schema = z
  .strictObject({
    step: z.literal("clip-percentiles"),
    low: percentile.meta({
      description: "what lies below this percentile is raised to it",
      unit: "per cent of voxels",
    }),
    high: percentile.meta({
      description: "what lies above this percentile is lowered to it",
      unit: "per cent of voxels",
    }),
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
