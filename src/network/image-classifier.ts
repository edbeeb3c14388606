/**
 * Tells what kind of image it is: the U-Net's way down, then the mean of the deepest features over the image.
 *
 * Its logits are the same at every voxel, so that it is trained, exported and run as a network that segments is.
 */
import { add, convolution, divide, leakyRelu, multiply, slice, sum, type Value } from "../graph/index.js";
import { type Architecture, levelChannels, levelKernel, levelStride } from "./architecture.js";
import { convolutionBlock, convolutionWeight, head, slope } from "./blocks.js";

export const imageClassifier: Architecture = (image, source, options) => {
  const layers = new Map<string, Value>();
  let x = image;
  for (let level = 0; level < options.levels; level++) {
    const name = `encoder${level}`;
    const shape = { channels: levelChannels(options, level), kernel: levelKernel(options, level) };
    x = convolutionBlock(x, source, `${name}/first`, { ...shape, stride: levelStride(options, level) });
    x = convolutionBlock(x, source, `${name}/second`, { ...shape, stride: [1, 1, 1] });
    layers.set(name, x);
  }
  const weight = convolutionWeight(x, source, "pooled/weight", {
    channels: x.dims[1] as number,
    kernel: levelKernel(options, options.levels - 1),
    rectifierSlope: slope,
  });
  // No norm here: it would give every channel the same mean in every image, and the mean is what is read off.
  const features = leakyRelu(convolution(x, weight), slope);
  const space = [2, 3, 4];
  const everywhere = multiply(slice(image, 1, 0, 1), 0);
  // A mean whose number of voxels is only known when the image comes.
  const one = add(multiply(slice(features, 1, 0, 1), 0), 1);
  const pooled = divide(sum(features, space), sum(one, space));
  return { logits: add(head(pooled, source, options), everywhere), layers };
};
