import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";
import { ascending } from "./range.js";

const schema = z
  .strictObject({
    step: z.literal("rescale"),
    low: z.number().meta({
      description: "what the lowest intensity becomes",
      unit: "that of the network",
    }),
    high: z.number().meta({
      description: "what the highest intensity becomes",
      unit: "that of the network",
    }),
  })
  .refine(({ low, high }) => low < high, ascending);

/** Lowest to highest intensity of the channel onto a range (nnU-Net's `RescaleTo01Normalization`, MONAI's `ScaleIntensity`). */
export const rescale: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values, { low, high }) {
    let [darkest, brightest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of values) {
      darkest = Math.min(darkest, value);
      brightest = Math.max(brightest, value);
    }
    const scale = (high - low) / (brightest - darkest || 1);
    for (let at = 0; at < values.length; at++) values[at] = low + (values[at]! - darkest) * scale;
  },
};
