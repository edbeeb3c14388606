import { z } from "zod";
import type { NormaliserStep } from "./normaliser.js";
import { ascending } from "./range.js";

const range = (description: string, unit: string) =>
  z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, ascending)
    .meta({ description, unit });

const schema = z.strictObject({
  step: z.literal("map-range"),
  from: range("two intensities of the file", "that of the file; Hounsfield units in CT"),
  to: range("what they become; others follow in a straight line", "that of the network"),
});

/** A straight line through two points (MONAI's `ScaleIntensityRange`; with `clip: true` after a `clip`). */
export const mapRange: NormaliserStep<typeof schema> = {
  schema,
  limits: false,
  apply(values, { from, to }) {
    const scale = (to[1] - to[0]) / (from[1] - from[0]);
    for (let at = 0; at < values.length; at++) values[at] = to[0] + (values[at]! - from[0]) * scale;
  },
};
