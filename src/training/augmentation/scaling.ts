/** Enlarges (factor above 1) or shrinks what the patch shows, about its centre. */
import { z } from "zod";
import type { Vector } from "../../volume/index.js";
import { diagonal, product } from "./spatial-map.js";
import { happens, probability, range, type SpatialTransform } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.3),
    factor: range(0.2, 5).default([0.85, 1.2]).meta({
      description: "lowest and highest magnification",
      unit: "a factor",
      change: "to a wider range where patients differ more in size, children and adults for example",
    }),
    byAxis: z.boolean().default(false).meta({
      description: "whether each axis has a factor of its own instead of one for all",
      change: "to true where proportions differ too",
    }),
  })
  .describe("makes the patch's content larger or smaller");

export interface ScalingParameters {
  readonly factors: Vector;
}

export const scaling: SpatialTransform<typeof schema, ScalingParameters> = {
  schema,
  draw(settings, random) {
    if (!happens(settings, random)) return undefined;
    // Uniform in the logarithm: doubling is as likely as halving.
    const factor = (): number => Math.exp(random.between(...logarithms(settings.factor)));
    const first = factor();
    return { factors: settings.byAxis ? [first, factor(), factor()] : [first, first, first] };
  },
  compose(map, { factors }) {
    map.matrix = product(map.matrix, diagonal([1 / factors[0], 1 / factors[1], 1 / factors[2]]));
  },
};

const logarithms = ([low, high]: [number, number]): [number, number] => [Math.log(low), Math.log(high)];
