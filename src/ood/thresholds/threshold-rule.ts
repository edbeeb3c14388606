import type { z } from "zod";

/** How to draw the line from the measures of in-distribution images: an image is foreign when its measure is above. */
export interface ThresholdRule<Schema extends z.ZodType = z.ZodType> {
  /** What a configuration says of it. */
  readonly schema: Schema;
  /**
   * @param measures calibration measures, at least one, finite
   * @throws UserError where so few measures cannot carry the rule
   */
  fit(measures: readonly number[], choice: z.infer<Schema>): number;
}
