/** The pieces that the U-Nets share: convolution with norm and rectifier, upsampling with skip connection, head. */
import {
  add,
  concatenate,
  convolution,
  leakyRelu,
  multiply,
  upsamplingConvolution,
  type Value,
} from "../graph/index.js";
import { type Shape, voxelCount } from "../volume/index.js";
import type { NetworkOptions } from "./architecture.js";
import { type NormName, norms } from "./norms/index.js";
import type { ParameterSource } from "./parameters.js";

export const slope = 0.01;

/** A convolution's result and reach; lengths along [i, j, k]. */
export interface ConvolutionShape {
  readonly channels: number;
  readonly kernel: Shape;
  readonly stride: Shape;
  /** Default: instance norm. */
  readonly norm?: NormName;
}

/** Lengths along [i, j, k] in the order of a tensor's axes D, H, W. */
export const tensorOrder = ([i, j, k]: Shape): Shape => [k, j, i];

/**
 * The weights of a convolution of `x` without bias.
 *
 * @param rectifierSlope of the leaky rectifier that follows (1: none), which the size of the first weights depends on
 */
export function convolutionWeight(
  x: Value,
  source: ParameterSource,
  name: string,
  {
    channels,
    kernel,
    rectifierSlope,
  }: Omit<ConvolutionShape, "stride"> & { readonly rectifierSlope: number },
): Value {
  const inputChannels = x.dims[1] as number;
  return source.parameter(name, [channels, inputChannels, ...tensorOrder(kernel)], {
    kind: "kaiming",
    fanIn: inputChannels * voxelCount(kernel),
    slope: rectifierSlope,
  });
}

export function normalisedConvolution(
  x: Value,
  source: ParameterSource,
  name: string,
  shape: ConvolutionShape,
): Value {
  const { channels, stride, norm = "instance" } = shape;
  const weight = convolutionWeight(x, source, `${name}/weight`, { ...shape, rectifierSlope: slope });
  const scale = source.parameter(`${name}/scale`, [channels], { kind: "constant", value: 1 });
  const shift = source.parameter(`${name}/shift`, [channels], { kind: "constant", value: 0 });
  return norms[norm](convolution(x, weight, tensorOrder(stride)), { scale, shift }, source, name);
}

/** Convolution, norm, leaky rectifier. */
export function convolutionBlock(
  x: Value,
  source: ParameterSource,
  name: string,
  shape: ConvolutionShape,
): Value {
  return leakyRelu(normalisedConvolution(x, source, name, shape), slope);
}

/** `x`, upsampled to the skip connection's grid, followed by the skip connection along the channels. */
export function joinSkip(
  x: Value,
  source: ParameterSource,
  name: string,
  { skip, stride }: { readonly skip: Value; readonly stride: Shape },
): Value {
  const inputChannels = x.dims[1] as number;
  const channels = skip.dims[1] as number;
  const weight = source.parameter(`${name}/weight`, [inputChannels, channels, ...tensorOrder(stride)], {
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
export function head(x: Value, source: ParameterSource, options: NetworkOptions, name = "head"): Value {
  const weight = convolutionWeight(x, source, `${name}/weight`, {
    channels: options.outputChannels,
    kernel: [1, 1, 1],
    rectifierSlope: 1,
  });
  const bias = source.parameter(`${name}/bias`, [1, options.outputChannels, 1, 1, 1], {
    kind: "constant",
    value: 0,
  });
  return add(convolution(x, weight), bias);
}
