/** Adds Gaussian noise, independent in every voxel, in the units of the normalised image. */

import { z } from "zod";
import { Random } from "../../base/index.js";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.15),
    deviation: range(0, 10).default([0, 0.2]).meta({
      description: "lowest and highest standard deviation of the noise",
      unit: "standard deviations of the image, after a z-score",
      change: "up for low-dose or fast scans",
    }),
  })
  .describe("adds Gaussian noise");

export interface NoiseParameters {
  readonly deviation: number;
  /** The noise itself, in one number. */
  readonly seed: number;
}

export const noise: IntensityTransform<typeof schema, NoiseParameters> = {
  schema,
  draw(settings, random) {
    if (!happens(settings, random)) return undefined;
    return { deviation: random.between(...settings.deviation), seed: random.below(4294967296) };
  },
  apply(voxels, { deviation, seed }) {
    if (deviation === 0) return;
    const random = new Random(seed);
    for (let n = 0; n < voxels.length; n++) voxels[n]! += deviation * random.normal();
  },
};
