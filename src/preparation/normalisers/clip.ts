import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";
import { ascending, clamp } from "./range.js";

const schema = z
  .strictObject({
    step: z.literal("clip"),
    low: z.number().meta({
      description: "what lies below becomes this",
      unit: "that of the file; Hounsfield units in CT",
    }),
    high: z.number().meta({
      description: "what lies above becomes this",
      unit: "that of the file; Hounsfield units in CT",
    }),
  })
  .refine(({ low, high }) => low < high, ascending);

/** Intensities below `low` become `low`, above `high` become `high`: a window in the unit of the file. */
export const clip: NormaliserStep<typeof schema> = {
  schema,
  limits: true,
  apply: (values, { low, high }) => clamp(values, low, high),
};
