/** Thresholds by name. To add one, write its file, and name it in the registry and in the schema. */

import { z } from "zod";
import { UserError } from "../../base/index.js";
import { conformal, thresholdRank } from "./conformal.js";
import type { ThresholdRank } from "./false-alarms.js";
import { max } from "./max.js";
import { meanStd } from "./mean-std.js";
import type { ThresholdRule } from "./threshold-rule.js";

export {
  conformalPValue,
  fewestCalibrationImages,
  type GuardPromise,
  roundedUp,
  smallestAlpha,
  thresholdRank,
} from "./conformal.js";
export {
  binomialUpperTail,
  falseAlarmInterval,
  falseAlarmsUpperTail,
  type ThresholdRank,
} from "./false-alarms.js";
export type { ThresholdRule } from "./threshold-rule.js";

export const thresholds = { conformal, "mean-std": meanStd, max };

/** A rule and its parameters, as in a configuration: `{rule: "conformal", alpha: 0.05}`. */
export const thresholdSchema = z.discriminatedUnion("rule", [conformal.schema, meanStd.schema, max.schema]);

export type ThresholdChoice = z.infer<typeof thresholdSchema>;

/**
 * Where the threshold lies among so many measures, from the largest down; undefined for a rule that is not about ranks.
 */
export function rankOf(images: number, choice: ThresholdChoice): ThresholdRank | undefined {
  if (choice.rule === "max") return { k: 1, n: images };
  return choice.rule === "conformal" ? { k: thresholdRank(images, choice), n: images } : undefined;
}

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
