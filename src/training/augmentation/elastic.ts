/** Bends the patch smoothly: random displacements of a coarse control grid, interpolated by cubic B-splines. */
import { z } from "zod";
import type { Shape } from "../../volume/index.js";
import { type ControlGrid, controlCount } from "./control-grid.js";
import { happens, probability, type SpatialTransform } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.3),
    distance: z.number().min(2).default(16).meta({
      description: "distance between control points",
      unit: "voxels",
      change: "down for finer bends, and the displacement with it",
    }),
    displacement: z.number().min(0).default(5).meta({
      description: "largest displacement of a control point along an axis, at most 0.4 of the distance",
      unit: "voxels",
      change: "up for soft organs, down for bones",
    }),
  })
  .describe("bends the patch smoothly")
  .refine((settings) => settings.displacement <= 0.4 * settings.distance, {
    error:
      "the displacement must not exceed 0.4 of the control points' distance, or the image folds over itself",
    path: ["displacement"],
  });

export const elastic: SpatialTransform<typeof schema, ControlGrid> = {
  schema,
  draw(settings, random, patch) {
    if (!happens(settings, random)) return undefined;
    const counts = patch.map((voxels) => controlCount(voxels, settings.distance)) as unknown as Shape;
    const values = Float32Array.from({ length: 3 * counts[0] * counts[1] * counts[2] }, () =>
      random.between(-settings.displacement, settings.displacement),
    );
    return { distance: settings.distance, counts, values };
  },
  compose(map, grid) {
    map.displacement = grid;
  },
};
