import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";

const schema = z.strictObject({
  step: z.literal("standardise"),
  mean: z.number().meta({ description: "what becomes 0", unit: "that of the file" }),
  deviation: z
    .number()
    .positive()
    .meta({ description: "what becomes 1 above the mean", unit: "that of the file" }),
});

/** (intensity - mean) / deviation by numbers of a whole dataset, not of the image (nnU-Net's `CTNormalization` after its clip). */
export const standardise: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values, { mean, deviation }) {
    for (let at = 0; at < values.length; at++) values[at] = (values[at]! - mean) / deviation;
  },
};
