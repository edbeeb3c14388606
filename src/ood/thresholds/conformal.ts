/**
 * Split-conformal threshold: foreign when the conformal p-value is at most alpha.
 *
 * V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World" (2005); as an anomaly detector, R. Laxhammar
 * and G. Falkman, "Sequential conformal anomaly detection in trajectories" (2011).
 */

import { z } from "zod";
import { UserError } from "../../base/index.js";
import { falseAlarmRateBelow } from "./false-alarms.js";
import type { ThresholdRule } from "./threshold-rule.js";

const schema = z.strictObject({
  rule: z.literal("conformal"),
  /** Largest false-alarm rate on images exchangeable with the calibration images, on average over calibration images. */
  alpha: z.number().gt(0).lt(1),
  /** Probability that this one guard's rate is at most alpha; absent: the promise is about the average. */
  confidence: z.number().gt(0).lt(1).optional(),
});

/** What a guard is asked for. */
export interface GuardPromise {
  readonly alpha: number;
  readonly confidence?: number;
}

/** (1 + how many calibration measures are at least as large) / (n + 1), in (0, 1]. */
export function conformalPValue(measures: readonly number[], measure: number): number {
  let atLeast = 1;
  for (const calibration of measures) if (calibration >= measure) atLeast++;
  return atLeast / (measures.length + 1);
}

/**
 * The largest k for which the k-th largest of so many measures keeps the promise: k / (n + 1) <= alpha; with a confidence,
 * P(Beta(k, n + 1 - k) <= alpha) at least that. 0 where none does.
 */
export function thresholdRank(images: number, { alpha, confidence }: GuardPromise): number {
  const keeps = (k: number): boolean =>
    k <= images &&
    (confidence === undefined
      ? k / (images + 1) <= alpha
      : falseAlarmRateBelow({ k, n: images }, alpha) >= confidence);
  let k = 0;
  while (keeps(k + 1)) k++;
  return k;
}

/** The smallest alpha at which any of the measures of so many images could refuse anything: 1 / (n + 1). */
export const smallestAlpha = (images: number, confidence?: number): number =>
  confidence === undefined ? 1 / (images + 1) : 1 - (1 - confidence) ** (1 / images);

/**
 * The fewest calibration images with which an image can be refused: 1 / alpha - 1, rounded up; with a confidence
 * log(1 - confidence) / log(1 - alpha).
 */
export function fewestCalibrationImages({ alpha, confidence }: GuardPromise): number {
  const about = confidence === undefined ? 1 / alpha - 1 : Math.log1p(-confidence) / Math.log1p(-alpha);
  let images = Math.max(1, Math.floor(about) - 1);
  while (thresholdRank(images, { alpha, confidence }) === 0) images++;
  return images;
}

/** An alpha rounded up to four places, so that what a message advises is accepted. */
export const roundedUp = (alpha: number): number => Math.ceil(1e4 * alpha) / 1e4;

export const conformal: ThresholdRule<typeof schema> = {
  schema,
  /** The k-th largest measure. Without a confidence, being above it is the same as p <= alpha. */
  fit(measures, { alpha, confidence }) {
    const images = measures.length;
    const k = thresholdRank(images, { alpha, confidence });
    if (k === 0) {
      const promise = confidence === undefined ? `${alpha}` : `${alpha} with a confidence of ${confidence}`;
      const least =
        confidence === undefined ? `1 / (${images} + 1)` : `${roundedUp(smallestAlpha(images, confidence))}`;
      throw new UserError({
        subject: "guard threshold, alpha",
        found: `${promise}${confidence === undefined ? " with" : " and"} ${images} calibration images`,
        expected: `at least ${least}, or no image could ever be refused`,
        advice: `Use an alpha of ${roundedUp(smallestAlpha(images, confidence))} or more, or at least ${fewestCalibrationImages({ alpha, confidence })} calibration images.`,
      });
    }
    return [...measures].sort((a, b) => b - a)[k - 1]!;
  },
};
