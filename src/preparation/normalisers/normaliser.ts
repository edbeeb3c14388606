/** What a step of a normaliser is: it changes the intensities of one channel in place. */
import type { z } from "zod";

export interface NormaliserStep<Schema extends z.ZodType = z.ZodType> {
  /** Settings, with the step's own name as `step`. */
  readonly schema: Schema;
  /**
   * True where a voxel's new value depends on its old one alone. Such steps at the head of a list are done on the file's
   * own voxels, before anything is measured, cropped or interpolated.
   */
  readonly pointwise: boolean;
  apply(values: Float32Array, settings: z.output<Schema>): void;
}
