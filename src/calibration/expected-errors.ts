/**
 * The calibration errors that a perfectly calibrated network would show all the same.
 *
 * An error of bins is a mean of absolute gaps, and the gap of a bin of few voxels is never 0 by chance. Of a small organ it is
 * therefore biased upwards (R. Roelofs et al., "Mitigating bias in calibration error estimation", AISTATS 2022). The bias is
 * estimated here by simulation: labels drawn from the probabilities themselves, voxel by voxel, are what a perfectly
 * calibrated network of these probabilities would meet, and their errors are chance alone.
 *
 * Voxels are drawn independently. Those of real masks hang together, so the true bias lies above this one: what is left of an
 * error after it is taken away may still be chance, and an error as small as this says nothing against a network.
 */
import type { Random } from "../base/index.js";
import { type CalibrationErrors, type CalibrationOptions, ReliabilityAccumulator } from "./reliability.js";
import { forEachRun, type Part } from "./voxels.js";

export type ExpectedErrors = Pick<CalibrationErrors, "ece" | "adaptiveEce" | "ace">;

export interface ExpectedErrorsOptions extends CalibrationOptions {
  /** Default the whole volume. */
  readonly part?: Part;
  /** Simulated volumes whose errors are averaged; default 10. */
  readonly draws?: number;
}

/**
 * @param probabilities of the foreground, each in [0, 1], in the volume's voxel order
 * @returns NaN where there is no voxel
 */
export function expectedErrors(
  probabilities: Float32Array,
  random: Random,
  { part, draws = 10, ...options }: ExpectedErrorsOptions = {},
): ExpectedErrors {
  const reference = new Uint8Array(probabilities.length);
  const sums = { ece: 0, adaptiveEce: 0, ace: 0 };
  for (let draw = 0; draw < draws; draw++) {
    forEachRun(probabilities, reference, part, (start, end) => {
      for (let at = start; at < end; at++) reference[at] = random.uniform() < probabilities[at]! ? 1 : 0;
    });
    const accumulator = new ReliabilityAccumulator(options);
    accumulator.add({ probabilities, reference }, { part });
    const errors = accumulator.result();
    sums.ece += errors.ece;
    sums.adaptiveEce += errors.adaptiveEce;
    sums.ace += errors.ace;
  }
  return { ece: sums.ece / draws, adaptiveEce: sums.adaptiveEce / draws, ace: sums.ace / draws };
}
