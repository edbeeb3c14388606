/**
 * Bends the intensity curve: x -> low + (high - low) ((x - low) / (high - low))^gamma over the patch's own range.
 * Mean and standard deviation are put back afterwards, as normalising a whole image would do (nnU-Net's
 * `retain_stats`); `inverted` bends the bright end instead of the dark one.
 */
import { z } from "zod";
import { moments } from "./moments.js";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.3),
    exponent: range(0.1, 10).default([0.7, 1.5]).meta({
      description: "lowest and highest exponent of the intensity curve",
      unit: "an exponent; 1 changes nothing",
      change: "to a narrower range where intensities have a scale of their own, as in CT",
    }),
    inverted: probability.default(0.25).meta({
      description: "how often the curve is bent at the bright end instead of the dark one",
      unit: "share of the bent curves",
      change: "to 0 to bend dark tissue alone",
    }),
  })
  .describe("bends the intensity curve and keeps mean and standard deviation");

export interface GammaParameters {
  readonly exponent: number;
  readonly inverted: boolean;
}

/** Points of the tabulated curve; between them it is linear. */
const POINTS = 1024;

export const gamma: IntensityTransform<typeof schema, GammaParameters> = {
  schema,
  draw(settings, random) {
    if (!happens(settings, random)) return undefined;
    return { exponent: random.between(...settings.exponent), inverted: random.uniform() < settings.inverted };
  },
  apply(voxels, { exponent, inverted }) {
    if (exponent === 1) return;
    const before = moments(voxels);
    const extent = before.high - before.low;
    if (!(extent > 0)) return;
    const curve = Float64Array.from({ length: POINTS + 1 }, (_, point) => {
      const x = point / POINTS;
      return before.low + extent * (inverted ? 1 - (1 - x) ** exponent : x ** exponent);
    });
    const scale = POINTS / extent;
    for (let n = 0; n < voxels.length; n++) {
      const x = (voxels[n]! - before.low) * scale;
      const point = Math.min(Math.trunc(x), POINTS - 1);
      voxels[n] = curve[point]! + (x - point) * (curve[point + 1]! - curve[point]!);
    }
    const after = moments(voxels);
    const factor = after.deviation > 0 ? before.deviation / after.deviation : 1;
    for (let n = 0; n < voxels.length; n++) voxels[n] = before.mean + (voxels[n]! - after.mean) * factor;
  },
};
