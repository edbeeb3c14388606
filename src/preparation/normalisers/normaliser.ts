/** What a step of a normaliser is: it changes the intensities of one channel in place. */
import type { z } from "zod";

export interface NormaliserStep<Schema extends z.ZodType = z.ZodType> {
  /** Settings, with the step's own name as `step`. */
  readonly schema: Schema;
  /**
   * True where all it does is to keep each voxel within limits that the settings name, so that once more changes nothing.
   * Such steps at the head of a list are done twice: on the file's own voxels, before anything is measured, cropped or
   * interpolated, and in their turn, since interpolation may overshoot.
   */
  readonly limits: boolean;
  apply(values: Float32Array, settings: z.output<Schema>): void;
}
