/** What a temperature that is not the same for all images is: fitted to calibration images, asked of a new one. */
import type { z } from "zod";
import type { LossCurve } from "./loss-curve.js";

/** An image with a reference that the network was not trained on. */
export interface CalibrationCase {
  readonly dataset: string;
  readonly subject: string;
  /** The image's signatures, one layer after the other. */
  readonly signature: Float64Array;
  readonly losses: LossCurve;
}

/** What is known of an image whose probabilities are to be scaled. */
export interface ImageToScale {
  readonly signature: Float64Array;
  /** The guard calls it foreign. */
  readonly refused: boolean;
  /** Known in comparisons alone. */
  readonly dataset?: string;
}

export interface TemperatureKind<Schema extends z.ZodType = z.ZodType> {
  /** What a bundle keeps of it. */
  readonly schema: Schema;
  /**
   * @param pooled the temperature of all images together
   * @returns undefined where the images do not support anything else than the pooled one
   */
  fit(cases: readonly CalibrationCase[], pooled: number): z.infer<Schema> | undefined;
  /** Above 0. */
  temperature(fitted: z.infer<Schema>, image: ImageToScale, pooled: number): number;
}
