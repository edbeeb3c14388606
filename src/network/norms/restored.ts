import {
  add,
  concatenate,
  convolution,
  instanceNorm,
  leakyRelu,
  logarithm,
  multiply,
  slice,
  spatialMean,
  subtract,
  type Value,
} from "../../graph/index.js";
import type { ParameterSource } from "../parameters.js";
import { EPSILON, type Norm } from "./norm.js";

/** Inner channels of the gate for each channel that it sees, and at least so many. */
const SHARE = 1 / 4;
const FEWEST = 4;

/** Slope of the gate's leaky rectifier. */
const SLOPE = 0.01;

/**
 * Instance norm, and then a gain and an offset for every channel that a small gate reads off the statistics which the norm took
 * away: the channels' means and the logarithms of their variances. The gate sees the image alone and no name of a dataset, so
 * that images of different contexts can be normalised alike and told apart all the same (after the learnt restoration of
 * U-Harmony, arXiv 2601.14605, and squeeze-and-excitation, Hu et al., 2018). It starts as plain instance norm.
 */
export const restored: Norm = (x, { scale, shift }, source, name) => {
  const channels = x.dims[1] as number;
  const change = gate(statistics(x), source, `${name}/gate`);
  const gain = add(slice(change, 1, 0, channels), 1);
  const offset = slice(change, 1, channels, 2 * channels);
  return add(multiply(instanceNorm(x, scale, shift), gain), offset);
};

/** [N, 2 C, 1, 1, 1] */
function statistics(x: Value): Value {
  const average = spatialMean(x);
  const centred = subtract(x, average);
  const variance = spatialMean(multiply(centred, centred));
  return concatenate([average, logarithm(add(variance, EPSILON))], 1);
}

/** Two layers; the second is zero at first. @param numbers [N, 2 C, 1, 1, 1] @returns of the same size */
function gate(numbers: Value, source: ParameterSource, name: string): Value {
  const channels = numbers.dims[1] as number;
  const inner = Math.max(FEWEST, Math.round(SHARE * channels));
  const first = source.parameter(`${name}/first`, [inner, channels, 1, 1, 1], {
    kind: "kaiming",
    fanIn: channels,
    slope: SLOPE,
  });
  const second = source.parameter(`${name}/second`, [channels, inner, 1, 1, 1], {
    kind: "constant",
    value: 0,
  });
  return convolution(leakyRelu(convolution(numbers, first), SLOPE), second);
}
