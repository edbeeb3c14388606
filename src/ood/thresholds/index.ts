/** Thresholds by name. To add one, write its file, and name it in the registry and in the schema. */

import { z } from "zod";
import { UserError } from "../../base/index.js";
import { conformal } from "./conformal.js";
import { max } from "./max.js";
import { meanStd } from "./mean-std.js";
import type { ThresholdRule } from "./threshold-rule.js";

export { conformalPValue, fewestCalibrationImages, roundedUp, smallestAlpha } from "./conformal.js";
export type { ThresholdRule } from "./threshold-rule.js";

export const thresholds = { conformal, "mean-std": meanStd, max };

/** A rule and its parameters, as in a configuration: `{rule: "conformal", alpha: 0.05}`. */
export const thresholdSchema = z.discriminatedUnion("rule", [conformal.schema, meanStd.schema, max.schema]);

export type ThresholdChoice = z.infer<typeof thresholdSchema>;

/** @throws UserError where there is no measure, one that is not finite, or too few for the rule */
export function fitThreshold(measures: readonly number[], choice: ThresholdChoice): number {
  if (measures.length === 0 || !measures.every(Number.isFinite)) {
    throw new UserError({
      subject: "guard threshold",
      found: measures.length === 0 ? "no calibration image" : "a measure that is not finite",
      expected: "finite measures of at least one image",
      advice: "Give calibration images, and check their images and features.",
    });
  }
  // The registry and the choice go by the same name, which the type system does not follow.
  return (thresholds[choice.rule] as ThresholdRule).fit(measures, choice);
}
