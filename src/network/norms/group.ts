import {
  add,
  convolution,
  multiply,
  reciprocal,
  reshape,
  spatialMean,
  squareRoot,
  subtract,
  type Value,
} from "../../graph/index.js";
import { EPSILON, type Norm } from "./norm.js";

/** Groups of channels at most; fewer where they do not divide evenly. */
const MOST_GROUPS = 8;

/**
 * Groups of channels by their common mean and variance (Wu and He, 2018; `torch.nn.GroupNorm`). Channels of a group keep their
 * sizes relative to each other, which instance norm takes away.
 */
export const group: Norm = (x, { scale, shift }) => {
  const channels = x.dims[1] as number;
  const averaged = overGroups(x, groupsOf(channels));
  const centred = subtract(x, averaged(spatialMean(x)));
  const variance = averaged(spatialMean(multiply(centred, centred)));
  const gain = multiply(reciprocal(squareRoot(add(variance, EPSILON))), perChannel(scale));
  return add(multiply(centred, gain), perChannel(shift));
};

const groupsOf = (channels: number): number => {
  for (let groups = MOST_GROUPS; groups > 1; groups--) if (channels % groups === 0) return groups;
  return 1;
};

/** Each channel's number replaced by the mean over its group: a 1 x 1 x 1 convolution, whose sizes may be open. */
function overGroups(x: Value, groups: number): (numbers: Value) => Value {
  const channels = x.dims[1] as number;
  const size = channels / groups;
  const weights = Float32Array.from({ length: channels * channels }, (_, at) => {
    const [to, from] = [Math.floor(at / channels), at % channels];
    return Math.floor(to / size) === Math.floor(from / size) ? 1 / size : 0;
  });
  const mixing = x.graph.constant(weights, [channels, channels, 1, 1, 1]);
  return (numbers) => convolution(numbers, mixing);
}

const perChannel = (values: Value): Value => reshape(values, [1, values.dims[0] as number, 1, 1, 1]);
