/** 3-D convolution (cross-correlation, as in ONNX and PyTorch) without bias, and the gradients of its operands. */
import { divide, elementCount, knownSizes } from "../dimension.js";
import type { OnnxEmitter } from "../onnx-emitter.js";
import { applyOperator, defineOperator, type Typed, type Value } from "../operator.js";
import { blockedConvolution, isFasterInBlocks, type PlainConvolution } from "./blocked-convolution.js";
import {
  type ConvolutionAttributes,
  depthToSpace,
  geometryOf,
  phaseCount,
  splitKernel,
} from "./convolution-geometry.js";
import { convolutionWeightGradientOperator } from "./convolution-weight-gradient.js";

/** A convolution of stride 1 over known sizes, by the lowering that is fastest on the engine it is written for. */
function plainConvolution(emit: OnnxEmitter, convolution: PlainConvolution, into: string): void {
  if (isFasterInBlocks(emit.channelBlock, convolution)) {
    blockedConvolution(emit, convolution, emit.channelBlock, into);
    return;
  }
  const { input, kernel, taps } = convolution;
  const padding = taps.map((size) => (size - 1) / 2);
  emit.node("Conv", [input, kernel], { kernel_shape: taps, pads: [...padding, ...padding] }, into);
}

/**
 * (kernel, gradient) -> gradient of the convolution's input: a convolution with the kernel flipped and its channel
 * axes swapped, over phases where the stride is 2.
 */
export const convolutionInputGradientOperator = defineOperator<ConvolutionAttributes>({
  name: "convolutionInputGradient",
  results: ([kernel, gradient], attributes) => {
    const [samples, , ...coarse] = gradient!.dims;
    const fine = coarse.map((size, axis) => (size as number) * attributes.stride[axis]!);
    return [{ type: gradient!.type, dims: [samples!, kernel!.dims[1]!, ...fine] }];
  },
  lower: ({ emit, inputs, outputs, operands, attributes }) => {
    const axes = geometryOf(attributes);
    const [outputChannels, inputChannels] = knownSizes(operands[0]!.dims, "convolution") as [number, number];
    const [samples, , ...coarse] = knownSizes(operands[1]!.dims, "convolution") as [
      number,
      number,
      ...number[],
    ];
    const split = splitKernel(emit, inputs[0]!, { outputChannels, inputChannels, axes });
    const tapAxes = axes.map((_, a) => 2 + 2 * a);
    const phaseAxes = axes.map((_, a) => 3 + 2 * a);
    const backwards = emit.integers(axes.map(() => -1));
    const flipped = emit.node("Slice", [
      split,
      backwards,
      emit.integers(axes.map(() => -(2 ** 31))),
      emit.integers(tapAxes),
      backwards,
    ]);
    const swapped = emit.transpose(flipped, [1, ...phaseAxes, 0, ...tapAxes]);
    const taps = axes.map((axis) => axis.taps);
    const kernel = emit.reshape(swapped, [inputChannels * phaseCount(axes), outputChannels, ...taps]);
    const pads = [...axes.map((axis) => axis.taps - 1 - axis.before), ...axes.map((axis) => axis.before)];
    if (phaseCount(axes) === 1) {
      plainConvolution(
        emit,
        {
          input: inputs[1]!,
          kernel,
          samples,
          inputChannels: outputChannels,
          outputChannels: inputChannels,
          space: coarse,
          taps,
        },
        outputs[0]!,
      );
      return;
    }
    const phases = emit.node("Conv", [inputs[1]!, kernel], { kernel_shape: taps, pads });
    depthToSpace(emit, phases, { samples, channels: inputChannels, coarse, axes }, outputs[0]!);
  },
});

export const convolutionOperator = defineOperator<ConvolutionAttributes>({
  name: "convolution",
  results: ([x, kernel], attributes) => {
    if (x!.dims[1] !== kernel!.dims[1] || x!.dims.length !== kernel!.dims.length) {
      throw new RangeError(
        `convolution: input [${x!.dims.join(", ")}] does not fit kernel [${kernel!.dims.join(", ")}]`,
      );
    }
    geometryOf(attributes);
    const [samples, , ...space] = x!.dims;
    const spaceOut = space.map((size, axis) => divide(size, attributes.stride[axis]!));
    return [{ type: x!.type, dims: [samples!, kernel!.dims[0]!, ...spaceOut] }];
  },
  lower: ({ emit, inputs, outputs, operands, attributes: { kernel: taps, stride, padding } }) => {
    const [x, weights] = operands as [Typed, Typed];
    if (stride.every((step) => step === 1) && x.dims.every((size) => typeof size === "number")) {
      const [samples, inputChannels, ...space] = x.dims as [number, number, ...number[]];
      const outputChannels = weights.dims[0] as number;
      const [input, kernel] = inputs as [string, string];
      const sizes = { samples, inputChannels, outputChannels, space, taps };
      plainConvolution(emit, { ...sizes, input, kernel }, outputs[0]!);
      return;
    }
    const pads = [...padding, ...padding];
    emit.node("Conv", inputs, { kernel_shape: taps, strides: stride, pads }, outputs[0]);
  },
  gradient: ({ inputs, gradient, attributes, wanted }) => {
    const [x, kernel] = inputs as [Value, Value];
    return [
      wanted[0] ? applyOperator(convolutionInputGradientOperator, [kernel, gradient], attributes) : undefined,
      wanted[1] ? applyOperator(convolutionWeightGradientOperator, [x, gradient], attributes) : undefined,
    ];
  },
});

/**
 * @param x [N, C, D, H, W]
 * @param kernel [O, C, kd, kh, kw] with odd sizes; padding keeps the size ("same")
 * @param stride 1 or 2 for each axis; with 2 the size must be even and halves
 */
export function convolution(x: Value, kernel: Value, stride: readonly number[] = [1, 1, 1]): Value {
  const sizes = knownSizes(kernel.dims.slice(2), "convolution");
  if (elementCount(sizes) === 0) throw new RangeError("convolution: empty kernel");
  const padding = sizes.map((size) => Math.floor((size - 1) / 2));
  return applyOperator(convolutionOperator, [x, kernel], { kernel: sizes, stride, padding });
}
