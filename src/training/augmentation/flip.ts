/**
 * Mirrors the patch about its centre. Axes are anatomical, for prepared images are RAS.
 *
 * A left-right flip turns a left kidney into a right one: leave that axis out where organs are named by side.
 */
import { z } from "zod";
import { anatomicalAxes, type Vector } from "../../volume/index.js";
import { diagonal, product } from "./spatial-map.js";
import type { SpatialTransform } from "./transform.js";
import { probability } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.5).describe("how often each listed axis is turned round, on its own"),
    axes: z.array(z.enum(anatomicalAxes)).default(["left-right"]).meta({
      description: "the anatomical axes that may be turned round",
      change:
        "to an empty list where organs are named by side, for a flip turns a left kidney into a right one",
    }),
  })
  .describe("mirrors the patch about its centre");

/** +1 or -1 for each axis. */
export interface FlipParameters {
  readonly signs: Vector;
}

export const flip: SpatialTransform<typeof schema, FlipParameters> = {
  schema,
  draw(settings, random) {
    const signs = anatomicalAxes.map((axis) => {
      const drawn = random.uniform() < settings.probability;
      return drawn && settings.axes.includes(axis) ? -1 : 1;
    });
    return signs.includes(-1) ? { signs: signs as unknown as Vector } : undefined;
  },
  compose(map, { signs }) {
    map.matrix = product(map.matrix, diagonal(signs));
  },
};
