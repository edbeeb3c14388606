/** The largest calibration measure: the conformal threshold at alpha = 1 / (n + 1). */
import { z } from "zod";
import type { ThresholdRule } from "./threshold-rule.js";

const schema = z.strictObject({ rule: z.literal("max") });

export const max: ThresholdRule<typeof schema> = {
  schema,
  fit: (measures) => measures.reduce((largest, measure) => Math.max(largest, measure), -Infinity),
};
