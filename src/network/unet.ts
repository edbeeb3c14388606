/**
 * Plain 3-D U-Net (Ronneberger et al., 2015; Cicek et al., 2016) in nnU-Net's manner: strided convolutions down,
 * transposed convolutions up, instance norm, leaky rectifiers, two convolutions a level.
 */
import type { Value } from "../graph/index.js";
import {
  type Architecture,
  levelChannels,
  levelKernel,
  levelStride,
  type NetworkOptions,
  type NetworkResult,
} from "./architecture.js";
import { type ConvolutionShape, convolutionBlock, dropout, head, joinSkip } from "./blocks.js";
import type { ParameterSource } from "./parameters.js";

/** One level's convolutions; the stride is the first one's. */
export type Stage = (x: Value, source: ParameterSource, name: string, shape: ConvolutionShape) => Value;

const plainStage: Stage = (x, source, name, shape) => {
  const first = convolutionBlock(x, source, `${name}/first`, shape);
  return convolutionBlock(first, source, `${name}/second`, { ...shape, stride: [1, 1, 1] });
};

/** The shape of every U-Net here; what differs is the stage. */
export function encoderDecoder(
  stage: Stage,
  image: Value,
  source: ParameterSource,
  options: NetworkOptions,
): NetworkResult {
  const layers = new Map<string, Value>();
  const skips: Value[] = [];
  let x = image;
  for (let level = 0; level < options.levels; level++) {
    const deepest = level === options.levels - 1;
    const name = deepest ? "bottleneck" : `encoder${level}`;
    x = stage(x, source, name, {
      channels: levelChannels(options, level),
      kernel: levelKernel(options, level),
      stride: levelStride(options, level),
      norm: options.norm,
    });
    layers.set(name, x);
    if (deepest) x = dropout(x, source, name);
    skips.push(x);
  }
  const coarseLogits: Value[] = [];
  for (let level = options.levels - 2; level >= 0; level--) {
    const name = `decoder${level}`;
    const joined = joinSkip(x, source, `${name}/up`, {
      skip: skips[level] as Value,
      stride: levelStride(options, level + 1),
    });
    x = stage(joined, source, name, {
      channels: levelChannels(options, level),
      kernel: levelKernel(options, level),
      stride: [1, 1, 1],
      norm: options.norm,
    });
    layers.set(name, x);
    x = dropout(x, source, name);
    if (level > 0 && level <= (options.deepSupervision ?? 0)) {
      coarseLogits.unshift(head(x, source, options, `${name}/head`));
    }
  }
  return { logits: head(x, source, options), coarseLogits, layers };
}

export const unet: Architecture = (image, source, options) =>
  encoderDecoder(plainStage, image, source, options);
