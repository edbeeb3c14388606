/** From settings to drawn parameters, and from parameters to a patch. */

import { z } from "zod";
import { Random } from "../../base/index.js";
import type { Shape } from "../../volume/index.js";
import { intensityTransforms, spatialTransforms } from "./registry.js";
import { identityMap } from "./spatial-map.js";
import type { IntensityTransform, SpatialTransform } from "./transform.js";
import { type PatchCut, type WarpedPatch, type WarpSource, warp } from "./warp.js";

type Transforms = typeof spatialTransforms & typeof intensityTransforms;
type Schemas = { [Name in keyof Transforms]: z.ZodPrefault<Transforms[Name]["schema"]> };

const transformSchemas = Object.fromEntries(
  Object.entries({ ...spatialTransforms, ...intensityTransforms }).map(([name, { schema }]) => [
    name,
    (schema as z.ZodType).prefault({}),
  ]),
) as unknown as Schemas;

/** The part of the configuration that says how patches are varied: the one place that holds the defaults. */
export const augmentationSchema = z.strictObject({
  enabled: z.boolean().default(true).meta({
    description: "whether patches are varied at all",
    change: "to false to see what augmentation is worth; keep it for real training",
  }),
  padding: z.enum(["zero", "edge"]).default("zero").meta({
    description: "what lies beyond the image: 0, the mean of a z-scored image, or the nearest voxel",
    change: "to `edge` where images end inside the body",
  }),
  labels: z.enum(["linear", "nearest"]).default("linear").meta({
    description: "how labels are interpolated where a patch is turned, scaled or bent",
    change: "to `nearest` for speed, at the price of rougher edges",
  }),
  ...transformSchemas,
});

export type AugmentationSettings = z.output<typeof augmentationSchema>;

/** Everything drawn for one patch: plain data; applying it again gives the same patch. */
export interface DrawnAugmentation {
  readonly spatial: readonly {
    readonly name: keyof typeof spatialTransforms;
    readonly parameters: unknown;
  }[];
  /** Each channel is varied on its own. */
  readonly intensity: readonly {
    readonly name: keyof typeof intensityTransforms;
    readonly channel: number;
    readonly parameters: unknown;
  }[];
}

/** The patch as it is. */
export const noAugmentation: DrawnAugmentation = { spatial: [], intensity: [] };

type AnySpatial = SpatialTransform<z.ZodType, unknown>;
type AnyIntensity = IntensityTransform<z.ZodType, unknown>;

/** A patch that is varied: its voxels along i, j, k and the channels of its image. */
export interface AugmentedPatch {
  readonly shape: Shape;
  readonly channels: number;
}

/**
 * Every transform has a stream of its own, so that changing one's settings leaves the others' draws alone.
 *
 * @param keys name the patch (step, index in the batch) among all patches of a seed
 */
export function drawAugmentation(
  settings: AugmentationSettings,
  { shape: patch, channels }: AugmentedPatch,
  seed: number,
  ...keys: (string | number)[]
): DrawnAugmentation {
  if (!settings.enabled) return noAugmentation;
  const spatial = names(spatialTransforms).flatMap((name) => {
    const random = Random.stream(seed, name, ...keys);
    const parameters = (spatialTransforms[name] as AnySpatial).draw(settings[name], random, patch);
    return parameters === undefined ? [] : [{ name, parameters }];
  });
  const intensity = names(intensityTransforms).flatMap((name) =>
    Array.from({ length: channels }, (_, channel) => channel).flatMap((channel) => {
      const random = Random.stream(seed, name, ...keys, channel);
      const parameters = (intensityTransforms[name] as AnyIntensity).draw(settings[name], random);
      return parameters === undefined ? [] : [{ name, channel, parameters }];
    }),
  );
  return { spatial, intensity };
}

/**
 * Cuts a patch and varies it: one interpolation for all spatial transforms, then the intensity transforms in place.
 *
 * @param into arrays of the patch's size, filled
 */
export function applyAugmentation(
  drawn: DrawnAugmentation,
  source: WarpSource,
  cut: PatchCut,
  into: WarpedPatch,
): void {
  const map = identityMap();
  for (const { name, parameters } of drawn.spatial) {
    (spatialTransforms[name] as AnySpatial).compose(map, parameters);
  }
  warp(source, cut, map, into);
  for (const { name, channel, parameters } of drawn.intensity) {
    (intensityTransforms[name] as AnyIntensity).apply(into.channels[channel]!, parameters, cut.patch);
  }
}

const names = <Registry extends object>(registry: Registry): (keyof Registry)[] =>
  Object.keys(registry) as (keyof Registry)[];
