/** Thresholds by name: from measures of in-distribution images to a rule. To add one, write it here. */
import { UserError } from "../../user-error.js";

export interface Threshold {
  /** Measures above it are foreign. */
  readonly limit: number;
  /** What is promised about false alarms, or undefined where nothing is. */
  readonly promisedFalseAlarmRate?: number;
}

export interface ThresholdOptions {
  /** Largest rate of false alarms, for `conformal`. */
  readonly alpha?: number;
  /** Standard deviations above the mean, for `mean+k*std`. */
  readonly k?: number;
}

/**
 * Share of calibration measures at least as large as this one, counting the image itself: (1 + #) / (n + 1).
 * For images exchangeable with the calibration images, P(p <= alpha) <= alpha (Vovk et al., 2005).
 */
export function conformalPValue(measure: number, calibration: readonly number[]): number {
  const larger = calibration.filter((value) => value >= measure).length;
  return (1 + larger) / (calibration.length + 1);
}

export const thresholds = {
  /** Foreign where the conformal p-value is at most alpha. */
  conformal: (calibration, { alpha = 0.1 }) => {
    const smallest = 1 / (calibration.length + 1);
    if (alpha < smallest) {
      throw new UserError({
        subject: "guard.alpha",
        found: `${alpha} with ${calibration.length} calibration images`,
        expected: `at least ${smallest.toFixed(3)}: fewer false alarms cannot be promised from so few images`,
        advice: "Raise alpha or give more images.",
      });
    }
    // p <= alpha exactly where at most `allowed` calibration measures are as large.
    const allowed = Math.floor(alpha * (calibration.length + 1) + 1e-9) - 1;
    const sorted = [...calibration].sort((a, b) => b - a);
    return { limit: sorted[allowed] as number, promisedFalseAlarmRate: alpha };
  },
  "mean+k*std": (calibration, { k = 3 }) => {
    const mean = calibration.reduce((a, b) => a + b, 0) / calibration.length;
    const variance =
      calibration.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (calibration.length - 1);
    return { limit: mean + k * Math.sqrt(variance) };
  },
  max: (calibration) => ({ limit: Math.max(...calibration) }),
} satisfies Record<string, (calibration: readonly number[], options: ThresholdOptions) => Threshold>;

export type ThresholdName = keyof typeof thresholds;
