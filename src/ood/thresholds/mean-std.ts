/** Mean plus k standard deviations (n - 1) of the calibration measures. No guarantee; for comparison. */

import { z } from "zod";
import { UserError } from "../../base/index.js";
import type { ThresholdRule } from "./threshold-rule.js";

const schema = z.strictObject({ rule: z.literal("mean-std"), k: z.number().min(0).max(100) });

export const meanStd: ThresholdRule<typeof schema> = {
  schema,
  fit(measures, { k }) {
    if (measures.length < 2) {
      throw new UserError({
        subject: "guard threshold mean-std",
        found: `${measures.length} calibration image`,
        expected: "at least 2, for a standard deviation",
        advice: "Give more calibration images.",
      });
    }
    const mean = measures.reduce((sum, measure) => sum + measure, 0) / measures.length;
    const squares = measures.reduce((sum, measure) => sum + (measure - mean) ** 2, 0);
    return mean + k * Math.sqrt(squares / (measures.length - 1));
  },
};
