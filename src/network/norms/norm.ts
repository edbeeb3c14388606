import type { Value } from "../../graph/index.js";
import type { ParameterSource } from "../parameters.js";

/** Learnt for every channel, [C] each: 1 and 0 at first. */
export interface ScaleAndShift {
  readonly scale: Value;
  readonly shift: Value;
}

/**
 * Brings a convolution's result to a scale that the next one can work with.
 *
 * @param x [N, C, D, H, W]
 * @param learnt what a channel is multiplied by in the end, and what is added to it
 * @param name prefix of the names of further parameters
 * @returns [N, C, D, H, W]
 */
export type Norm = (x: Value, learnt: ScaleAndShift, source: ParameterSource, name: string) => Value;

/** Added to variances. */
export const EPSILON = 1e-5;
