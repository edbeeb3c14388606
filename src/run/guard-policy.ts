/** Whether a guard can be fitted to what a split leaves for it: asked before the first update, of runs and studies alike. */

import { type CaseName, UserError } from "../base/index.js";
import {
  FEWEST_SUBJECTS,
  fewestCalibrationImages,
  type GuardPromise,
  roundedUp,
  smallestAlpha,
} from "../ood/index.js";

/** The images that a guard will be fitted to. */
export interface GuardImages {
  readonly training: readonly (CaseName & { readonly subject: string })[];
  /**
   * They draw the threshold. Where there are none, the training images do, each measured by a guard fitted without its
   * subject; a few validation images are never silently replaced by them, because they keep the promise better.
   */
  readonly validation: readonly CaseName[];
}

export interface AskedPromise extends GuardPromise {
  /** The field of the configuration that says alpha, for messages. */
  readonly field: string;
}

/** @throws UserError where the guard would have too few images, with how many it needs and which alphas would do */
export function refuseUnfitGuard(
  { training, validation }: GuardImages,
  { alpha, confidence, field }: AskedPromise,
): void {
  const subjects = new Set(training.map(({ subject }) => subject)).size;
  if (subjects < FEWEST_SUBJECTS) {
    throw new UserError({
      subject: "guard",
      found: `training images of ${subjects} ${subjects === 1 ? "subject" : "subjects"}`,
      expected: `at least ${FEWEST_SUBJECTS}, to know how far apart they usually are`,
      advice: "Give more cases, or leave more of them for training (split).",
    });
  }
  const heldOut = validation.length > 0;
  const images = heldOut ? validation.length : training.length;
  const needed = fewestCalibrationImages({ alpha, confidence });
  if (images >= needed) return;
  const what = heldOut ? "validation" : "training";
  const all = training.length + validation.length;
  const ways = [
    `Set ${field} to ${roundedUp(smallestAlpha(images, confidence))} or more`,
    ...(heldOut && all - FEWEST_SUBJECTS >= needed ? ["set more cases aside (split.validation)"] : []),
    ...(heldOut && all >= needed
      ? [
          `set split.validation to 0: all ${all} images are then trained on and draw the threshold, each left out`,
        ]
      : []),
    ...(all >= needed ? [] : ["give more cases"]),
  ];
  throw new UserError({
    subject: field,
    found: `${alpha}${confidence === undefined ? " with" : ` with a confidence of ${confidence} and`} ${images} ${what} ${images === 1 ? "image" : "images"}`,
    expected: `at least ${needed} ${what} images, or no image could ever be refused`,
    advice: `${ways.slice(0, -1).join(", ")}${ways.length > 1 ? ", or " : ""}${ways.at(-1)}.`,
  });
}
