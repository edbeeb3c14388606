/** Stretches intensities about the patch's mean, clipped to the range they had: x -> mean + factor (x - mean). */
import { z } from "zod";
import { moments } from "./moments.js";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.15),
    factor: range(0, 10).default([0.75, 1.25]).meta({
      description: "lowest and highest factor on the distance from the mean",
      unit: "a factor; 1 changes nothing",
      change: "to a wider range where scanners and sequences differ more",
    }),
  })
  .describe("strengthens or weakens the contrast");

export interface ContrastParameters {
  readonly factor: number;
}

export const contrast: IntensityTransform<typeof schema, ContrastParameters> = {
  schema,
  draw(settings, random) {
    return happens(settings, random) ? { factor: random.between(...settings.factor) } : undefined;
  },
  apply(voxels, { factor }) {
    if (factor === 1) return;
    const { mean, low, high } = moments(voxels);
    for (let n = 0; n < voxels.length; n++) {
      voxels[n] = Math.max(low, Math.min(high, mean + factor * (voxels[n]! - mean)));
    }
  },
};
