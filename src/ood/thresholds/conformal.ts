/**
 * Split-conformal threshold: foreign when the conformal p-value is at most alpha.
 *
 * V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World" (2005); as an anomaly detector, R. Laxhammar
 * and G. Falkman, "Sequential conformal anomaly detection in trajectories" (2011).
 */

import { z } from "zod";
import { UserError } from "../../base/index.js";
import type { ThresholdRule } from "./threshold-rule.js";

const schema = z.strictObject({
  rule: z.literal("conformal"),
  /** Largest false-alarm rate on images exchangeable with the calibration images. */
  alpha: z.number().gt(0).lt(1),
});

/** (1 + how many calibration measures are at least as large) / (n + 1), in (0, 1]. */
export function conformalPValue(measures: readonly number[], measure: number): number {
  let atLeast = 1;
  for (const calibration of measures) if (calibration >= measure) atLeast++;
  return atLeast / (measures.length + 1);
}

/** The smallest alpha at which any of the measures of so many images could refuse anything: 1 / (n + 1). */
export const smallestAlpha = (images: number): number => 1 / (images + 1);

/** The fewest calibration images with which an image can be refused at `alpha`: 1 / alpha - 1, rounded up. */
export function fewestCalibrationImages(alpha: number): number {
  let images = Math.max(0, Math.floor(1 / alpha) - 2);
  while (smallestAlpha(images) > alpha) images++;
  return images;
}

/** An alpha rounded up to four places, so that what a message advises is accepted. */
export const roundedUp = (alpha: number): number => Math.ceil(1e4 * alpha) / 1e4;

export const conformal: ThresholdRule<typeof schema> = {
  schema,
  /** The k-th largest measure, k the largest with k / (n + 1) <= alpha: being above it is the same as p <= alpha. */
  fit(measures, { alpha }) {
    const images = measures.length;
    let k = 0;
    while ((k + 1) / (images + 1) <= alpha) k++;
    if (k === 0) {
      throw new UserError({
        subject: "guard threshold, alpha",
        found: `${alpha} with ${images} calibration images`,
        expected: `at least 1 / (${images} + 1), or no image could ever be refused`,
        advice: `Use an alpha of ${roundedUp(smallestAlpha(images))} or more, or at least ${fewestCalibrationImages(alpha)} calibration images.`,
      });
    }
    return [...measures].sort((a, b) => b - a)[k - 1]!;
  },
};
