/** Steps that intensities go through, by name. To add one, write its file and name it here and in `normaliserSchema`. */
import { z } from "zod";
import { clip } from "./clip.js";
import { clipPercentiles } from "./clip-percentiles.js";
import type { NormaliserStep } from "./normaliser.js";
import { zScore } from "./z-score.js";

export const normaliserSteps = {
  clip,
  "clip-percentiles": clipPercentiles,
  "z-score": zScore,
} satisfies Record<string, NormaliserStep>;

/** The steps of one channel, in order. */
export const normaliserSchema = z
  .array(z.discriminatedUnion("step", [clip.schema, clipPercentiles.schema, zScore.schema]))
  .max(16);

export type Normaliser = z.output<typeof normaliserSchema>;

type Step = Normaliser[number];

const stepOf = ({ step }: Step): NormaliserStep => normaliserSteps[step];

/** The steps at the head that look at one voxel alone: see `NormaliserStep.pointwise`. */
export function pointwiseHead(normaliser: Normaliser): Normaliser {
  const end = normaliser.findIndex((step) => !stepOf(step).pointwise);
  return end < 0 ? normaliser : normaliser.slice(0, end);
}

/** The other steps, which look at the prepared channel as a whole. */
export const afterHead = (normaliser: Normaliser): Normaliser =>
  normaliser.slice(pointwiseHead(normaliser).length);

/** Applies steps to one channel, in place. */
export function applySteps(values: Float32Array, steps: Normaliser): void {
  for (const step of steps) stepOf(step).apply(values, step);
}
