/**
 * Cross-conformal calibration: the guards of an ensemble whose networks were trained in turn without one part of the images,
 * so that every image calibrates once, by the network that has not seen it.
 *
 * V. Vovk, "Cross-conformal predictors", Annals of Mathematics and Artificial Intelligence 74 (2015). A new image is held
 * against each calibration image in the eyes of the network that trained on neither of the two: with measures s_i of the n
 * calibration images by their networks k(i), and m_k of the new image by network k, the p-value is
 * (1 + how many s_i >= m_k(i)) / (n + 1). No network's measures are ever compared with another network's.
 *
 * What is guaranteed: images exchangeable with the n images, in folds of equal size, are called foreign with probability at
 * most 2 alpha + min(2 (1 - alpha) (K - 1) / (n + K), (1 - K/n) / (K + 1)), whatever the networks (V. Vovk et al.,
 * "Cross-conformal predictive distributions", 2018; R. F. Barber et al., "Predictive inference with the jackknife+", Annals of
 * Statistics 49, 2021). In practice the rate lies near alpha or below it, as both find: the factor 2 is needed only where a
 * network changes wildly with the images that it is trained on.
 */
import type { Guard } from "./guard.js";
import { conformalPValue, fitThreshold, type ThresholdChoice } from "./thresholds/index.js";
import { NOTHING_RAISED, raised, type Verdict } from "./verdict.js";

/**
 * The guards of an ensemble from those of its networks: each with the measures of all, knowing which are its own.
 *
 * @param guards each calibrated on the images that its network was not trained on, no image in two of them
 * @throws UserError where so few measures cannot carry the rule
 */
export function poolCalibration(guards: readonly Guard[], choice: ThresholdChoice): Guard[] {
  const measures = guards.flatMap(({ calibration }) => calibration.measures);
  const threshold = { choice, value: fitThreshold(measures, choice) };
  let first = 0;
  return guards.map((guard) => {
    const own = { first, count: guard.calibration.measures.length };
    first += own.count;
    return { ...guard, threshold, calibration: { ...guard.calibration, measures, own } };
  });
}

/** What one network of an ensemble says of an image. */
export interface MemberVerdict {
  readonly guard: Guard;
  readonly verdict: Verdict;
}

/**
 * One verdict of all networks; that of a single network is its own.
 *
 * The measure is so placed that it is above the guards' common threshold exactly where the rule refuses the image: the
 * threshold, less the rule's threshold for the differences s_i - m_k(i). What the image resembles, and its distances by layer,
 * are those of the network whose measure is the median (the lower one of two).
 *
 * @param members guards as `poolCalibration` gives them
 */
export function judgeTogether(members: readonly MemberVerdict[]): Verdict {
  if (members.length === 1) return members[0]!.verdict;
  const differences = members.flatMap(({ guard: { calibration }, verdict }) => {
    const { first, count } = calibration.own ?? { first: 0, count: calibration.measures.length };
    return calibration.measures.slice(first, first + count).map((measure) => measure - verdict.measure);
  });
  const { threshold } = members[0]!.guard;
  const margin = fitThreshold(differences, threshold.choice);
  const byMeasure = members.map(({ verdict }) => verdict).sort((a, b) => a.measure - b.measure);
  const { reason: _, ...median } = byMeasure[(byMeasure.length - 1) >> 1]!;
  return {
    ...median,
    ...(margin < 0 ? raised(median.parts, threshold.choice) : NOTHING_RAISED),
    measure: threshold.value - margin,
    foreign: margin < 0,
    pValue: conformalPValue(differences, 0),
    threshold: threshold.value,
  };
}
