import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";

const schema = z.strictObject({ step: z.literal("z-score-non-zero") });

/**
 * Mean 0 and standard deviation 1 over the voxels that are not 0, which stay 0: for images whose background was cut away
 * (MONAI's `NormalizeIntensity(nonzero=True)`; nnU-Net's `ZScoreNormalization` with its mask, but for zeros within the body).
 */
export const zScoreNonZero: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values) {
    let [sum, count] = [0, 0];
    for (const value of values) {
      sum += value;
      if (value !== 0) count++;
    }
    const mean = sum / (count || 1);
    let squares = 0;
    for (const value of values) if (value !== 0) squares += (value - mean) ** 2;
    const deviation = Math.sqrt(squares / (count || 1)) || 1;
    for (let at = 0; at < values.length; at++) {
      if (values[at] !== 0) values[at] = (values[at]! - mean) / deviation;
    }
  },
};
