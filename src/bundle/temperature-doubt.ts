import type { Calibration } from "./parts.js";

const REASONS = {
  lowest: "every voxel that it was fitted on is right, or there were too few of them",
  highest: "the network's probabilities tell nothing about the images that it was fitted on, or the opposite",
} as const;

/** What is to be said of a temperature that is no best one; undefined where it is, or was not fitted at all. */
export function temperatureDoubt({ atBound, temperature }: Calibration): string | undefined {
  if (atBound === undefined) return undefined;
  return `the temperature ${Number(temperature.toPrecision(4))} is the ${atBound} that was tried: ${REASONS[atBound]}; its probabilities are not to be taken as calibrated`;
}
