/**
 * 3-D U-Net with residual stages (He et al., 2016; Lee et al., 2017): two normalised convolutions plus the stage's
 * input, which a 1 x 1 x 1 convolution brings to the same grid and channels where they differ.
 */
import { add, convolution, leakyRelu } from "../graph/index.js";
import type { Architecture } from "./architecture.js";
import { convolutionBlock, convolutionWeight, normalisedConvolution, slope, tensorOrder } from "./blocks.js";
import { encoderDecoder, type Stage } from "./unet.js";

const residualStage: Stage = (x, source, name, shape) => {
  const first = convolutionBlock(x, source, `${name}/first`, shape);
  const second = normalisedConvolution(first, source, `${name}/second`, { ...shape, stride: [1, 1, 1] });
  const { channels, stride } = shape;
  let shortcut = x;
  if (x.dims[1] !== channels || stride.some((length) => length !== 1)) {
    const weight = convolutionWeight(x, source, `${name}/shortcut/weight`, {
      channels,
      kernel: [1, 1, 1],
      rectifierSlope: 1,
    });
    shortcut = convolution(x, weight, tensorOrder(stride));
  }
  return leakyRelu(add(second, shortcut), slope);
};

export const residualUnet: Architecture = (image, source, options) =>
  encoderDecoder(residualStage, image, source, options);
