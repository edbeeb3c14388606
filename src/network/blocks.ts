/** The pieces that the U-Nets share: convolution with norm and rectifier, upsampling with skip connection, head. */
import {
  add,
  concatenate,
  convolution,
  instanceNorm,
  leakyRelu,
  multiply,
  upsamplingConvolution,
  type Value,
} from "../graph/index.js";
import type { NetworkOptions } from "./architecture.js";
import type { ParameterSource } from "./parameters.js";

export const slope = 0.01;

const kernelSize = 3;

export function normalisedConvolution(
  x: Value,
  source: ParameterSource,
  name: string,
  channels: number,
  stride = 1,
  kernel = kernelSize,
): Value {
  const inputChannels = x.dims[1] as number;
  const weight = source.parameter(`${name}/weight`, [channels, inputChannels, kernel, kernel, kernel], {
    kind: "kaiming",
    fanIn: inputChannels * kernel ** 3,
    slope,
  });
  const scale = source.parameter(`${name}/scale`, [channels], { kind: "constant", value: 1 });
  const shift = source.parameter(`${name}/shift`, [channels], { kind: "constant", value: 0 });
  return instanceNorm(convolution(x, weight, [stride, stride, stride]), scale, shift);
}

/** Convolution, instance norm, leaky rectifier. */
export function convolutionBlock(
  x: Value,
  source: ParameterSource,
  name: string,
  channels: number,
  stride = 1,
): Value {
  return leakyRelu(normalisedConvolution(x, source, name, channels, stride), slope);
}

/** Upsampled features followed by the skip connection's, along the channels. */
export function joinSkip(x: Value, skip: Value, source: ParameterSource, name: string): Value {
  const inputChannels = x.dims[1] as number;
  const channels = skip.dims[1] as number;
  const weight = source.parameter(`${name}/weight`, [inputChannels, channels, 2, 2, 2], {
    kind: "kaiming",
    fanIn: inputChannels,
    slope: 1,
  });
  return concatenate([upsamplingConvolution(x, weight), skip], 1);
}

/** Spatial dropout (whole channels, Tompson et al., 2015) where the source asks for it. */
export function dropout(x: Value, source: ParameterSource, name: string): Value {
  const mask = source.dropoutMask(name, x.dims[1] as number);
  return mask === undefined ? x : multiply(x, mask);
}

/** 1 x 1 x 1 convolution with bias to the foreground channels. */
export function head(x: Value, source: ParameterSource, options: NetworkOptions): Value {
  const inputChannels = x.dims[1] as number;
  const weight = source.parameter("head/weight", [options.outputChannels, inputChannels, 1, 1, 1], {
    kind: "kaiming",
    fanIn: inputChannels,
    slope: 1,
  });
  const bias = source.parameter("head/bias", [1, options.outputChannels, 1, 1, 1], {
    kind: "constant",
    value: 0,
  });
  return add(convolution(x, weight), bias);
}
