/**
 * What a transform is. Drawing parameters is separate from applying them: what was drawn is plain data that can be
 * kept, shown and applied again, and applying uses no randomness.
 *
 * Spatial transforms do not touch voxels: they compose one map, through which the patch is interpolated once.
 * Intensity transforms change one channel of the finished patch in place.
 */

import { z } from "zod";
import type { Random } from "../../base/index.js";
import type { Shape } from "../../volume/index.js";
import type { SpatialMap } from "./spatial-map.js";

export interface SpatialTransform<Schema extends z.ZodType, Parameters> {
  /** The transform's part of the configuration, with its defaults. */
  readonly schema: Schema;
  /** @returns undefined where the patch is spared */
  draw(settings: z.output<Schema>, random: Random, patch: Shape): Parameters | undefined;
  /** Follows the map so far by this transform. */
  compose(map: SpatialMap, parameters: Parameters): void;
}

export interface IntensityTransform<Schema extends z.ZodType, Parameters> {
  /** The transform's part of the configuration, with its defaults. */
  readonly schema: Schema;
  /** @returns undefined where the patch is spared */
  draw(settings: z.output<Schema>, random: Random): Parameters | undefined;
  /** Changes one channel (first axis fastest) in place. */
  apply(voxels: Float32Array, parameters: Parameters, shape: Shape): void;
}

export const probability = z.number().min(0).max(1).meta({
  description: "how often a patch is varied in this way",
  unit: "share of patches",
  change: "to 0 where real images never differ so, and up where they often do",
});

/** A pair [low, high] from which a number is drawn uniformly. */
export const range = (lowest: number, highest: number) =>
  z
    .tuple([z.number().min(lowest).max(highest), z.number().min(lowest).max(highest)])
    .refine(([low, high]) => low <= high, {
      error: "the first number of a range must not exceed the second",
    });

export const happens = (settings: { probability: number }, random: Random): boolean =>
  random.uniform() < settings.probability;
