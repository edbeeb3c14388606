/** The part of the configuration that says which patches are drawn. */
import { z } from "zod";
import { type PolicyName, policies } from "./policies/index.js";

export const samplingSchema = z.strictObject({
  policy: z
    .enum(Object.keys(policies) as [PolicyName, ...PolicyName[]])
    .default("equal")
    .meta({
      description:
        "how often each dataset is drawn: all equally, in proportion to their cases, or between the two",
      change: "to `proportional` where the largest dataset matters most, to `temperature` for a compromise",
    }),
  temperature: z.number().min(0).max(1).default(0.5).meta({
    description: "exponent on a dataset's number of cases, for the policy `temperature` alone",
    unit: "an exponent; 0 draws datasets equally, 1 in proportion to their size",
    change: "to move the policy `temperature` towards either end",
  }),
  weights: z.record(z.string(), z.number().positive().max(1000)).optional().meta({
    description:
      "factors by dataset on how often the policy draws it; 1 for those that are not named, and for all where absent",
    unit: "factors",
    change: "up for datasets whose validation Dice stays behind",
  }),
  foregroundShare: z.number().min(0).max(1).default(0.5).meta({
    description:
      "how many patches are placed near a voxel of an organ; the others fall anywhere in the image",
    unit: "share of patches",
    change: "up for small organs in large images, down where organs appear where there are none",
  }),
});

export type SamplingSettings = z.output<typeof samplingSchema>;
