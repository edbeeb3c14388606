/** The part of the configuration that says which patches are drawn. */
import { z } from "zod";
import { type PolicyName, policies } from "./policies/index.js";

export const samplingSchema = z.strictObject({
  /** How often each dataset is drawn. */
  policy: z.enum(Object.keys(policies) as [PolicyName, ...PolicyName[]]).default("equal"),
  /** Exponent of the `temperature` policy: 0 draws datasets equally, 1 in proportion to their size. */
  temperature: z.number().min(0).max(1).default(0.5),
  /** Share of patches placed near a foreground voxel; the others fall anywhere in the image. */
  foregroundShare: z.number().min(0).max(1).default(0.5),
});

export type SamplingSettings = z.output<typeof samplingSchema>;
