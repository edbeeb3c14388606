/** Steps that intensities go through, by name. To add one, write its file and its line in `normaliserSteps`. */
import { z } from "zod";
import { clip } from "./clip.js";
import { clipPercentiles } from "./clip-percentiles.js";
import { mapRange } from "./map-range.js";
import type { NormaliserStep } from "./normaliser.js";
import { rescale } from "./rescale.js";
import { standardise } from "./standardise.js";
import { zScore } from "./z-score.js";
import { zScoreNonZero } from "./z-score-non-zero.js";

export const normaliserSteps = {
  clip,
  "clip-percentiles": clipPercentiles,
  "z-score": zScore,
  "z-score-non-zero": zScoreNonZero,
  standardise,
  rescale,
  "map-range": mapRange,
} satisfies Record<string, NormaliserStep>;

type Schema = (typeof normaliserSteps)[keyof typeof normaliserSteps]["schema"];

const schemas = Object.values(normaliserSteps).map(({ schema }) => schema) as [Schema, ...Schema[]];

/** The steps of one channel, in order. */
export const normaliserSchema = z.array(z.discriminatedUnion("step", schemas)).max(16);

export type Normaliser = z.output<typeof normaliserSchema>;

type Step = Normaliser[number];

const stepOf = ({ step }: Step): NormaliserStep => normaliserSteps[step];

/** The steps at the head that set limits: see `NormaliserStep.limits`. */
export function limitsOf(normaliser: Normaliser): Normaliser {
  const end = normaliser.findIndex((step) => !stepOf(step).limits);
  return end < 0 ? normaliser : normaliser.slice(0, end);
}

/** Applies steps to one channel, in place. */
export function applySteps(values: Float32Array, steps: Normaliser): void {
  for (const step of steps) stepOf(step).apply(values, step);
}
