/** Adds one number to every voxel, in the units of the normalised image. */
import { z } from "zod";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.15),
    offset: range(-10, 10).default([-0.3, 0.3]).meta({
      description: "lowest and highest number added to the prepared intensities",
      unit: "standard deviations of the image, after a z-score",
      change: "to a wider range where scanners differ more",
    }),
  })
  .describe("makes the patch brighter or darker");

export interface BrightnessParameters {
  readonly offset: number;
}

export const brightness: IntensityTransform<typeof schema, BrightnessParameters> = {
  schema,
  draw(settings, random) {
    return happens(settings, random) ? { offset: random.between(...settings.offset) } : undefined;
  },
  apply(voxels, { offset }) {
    for (let n = 0; n < voxels.length; n++) voxels[n]! += offset;
  },
};
