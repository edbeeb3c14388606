/**
 * 3-D U-Net with residual stages (He et al., 2016; Lee et al., 2017): two normalised convolutions plus the stage's
 * input, which a 1 x 1 x 1 convolution brings to the same grid and channels where they differ.
 */
import { add, convolution, leakyRelu } from "../graph/index.js";
import type { Architecture } from "./architecture.js";
import { convolutionBlock, normalisedConvolution, slope } from "./blocks.js";
import { encoderDecoder, type Stage } from "./unet.js";

const residualStage: Stage = (x, source, name, channels, stride) => {
  const inputChannels = x.dims[1] as number;
  const first = convolutionBlock(x, source, `${name}/first`, channels, stride);
  const second = normalisedConvolution(first, source, `${name}/second`, channels);
  let shortcut = x;
  if (inputChannels !== channels || stride !== 1) {
    const weight = source.parameter(`${name}/shortcut/weight`, [channels, inputChannels, 1, 1, 1], {
      kind: "kaiming",
      fanIn: inputChannels,
      slope: 1,
    });
    shortcut = convolution(x, weight, [stride, stride, stride]);
  }
  return leakyRelu(add(second, shortcut), slope);
};

export const residualUnet: Architecture = (image, source, options) =>
  encoderDecoder(residualStage, image, source, options);
