/**
 * Transposed convolution with kernel 2 and stride 2 along every axis, without bias: doubles the grid, each coarse
 * voxel painting its own 2 x 2 x 2 block. Matches PyTorch's ConvTranspose3d(C, O, 2, 2, bias=False).
 *
 * Written as a 1 x 1 x 1 convolution to 8 * O channels followed by depth to space: no ConvTranspose, which is the
 * slowest operator of ONNX Runtime's CPU provider and is missing in 3-D from its WebGPU provider.
 */
import { knownSizes, multiply } from "../dimension.js";
import type { OnnxEmitter } from "../onnx-emitter.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";
import { axisGeometry, depthToSpace, rowOrder, spaceToDepth } from "./convolution-geometry.js";

const axes = [axisGeometry(2, 2, 0), axisGeometry(2, 2, 0), axisGeometry(2, 2, 0)];
const block = [2, 2, 2];

type None = Record<string, never>;

/** (kernel, gradient) -> gradient of the input: a strided convolution. */
export const upsamplingInputGradientOperator = defineOperator<None>({
  name: "upsamplingInputGradient",
  results: ([kernel, gradient]) => {
    const [samples, , ...fine] = knownSizes(gradient!.dims, "upsampling") as [number, number, ...number[]];
    return [{ type: gradient!.type, dims: [samples, kernel!.dims[0]!, ...fine.map((size) => size / 2)] }];
  },
  lower: ({ emit, inputs, outputs }) =>
    emit.node("Conv", [inputs[1]!, inputs[0]!], { kernel_shape: block, strides: block }, outputs[0]),
});

/** (input, gradient) -> gradient of the kernel: one matrix product over all voxels. */
export const upsamplingWeightGradientOperator = defineOperator<None>({
  name: "upsamplingWeightGradient",
  results: ([x, gradient]) => [{ type: x!.type, dims: [x!.dims[1]!, gradient!.dims[1]!, ...block] }],
  lower: ({ emit, inputs, outputs, operands }) => {
    const [samples, channels, ...coarse] = knownSizes(operands[0]!.dims, "upsampling") as [
      number,
      number,
      ...number[],
    ];
    const outputChannels = operands[1]!.dims[1] as number;
    const phases = spaceToDepth(emit, inputs[1]!, samples, outputChannels, coarse, axes);
    const voxels = coarse.reduce((a, b) => a * b, 1);
    const x = channelRows(emit, inputs[0]!, samples, channels, voxels);
    const dy = channelRows(emit, phases, samples, outputChannels * 8, voxels);
    const product = emit.node("Gemm", [x, dy], { transB: 1 });
    emit.reshape(product, [channels, outputChannels, ...block], outputs[0]);
  },
});

function channelRows(
  emit: OnnxEmitter,
  x: string,
  samples: number,
  channels: number,
  voxels: number,
): string {
  if (samples === 1) return emit.reshape(x, [channels, voxels]);
  const rows = emit.transpose(emit.reshape(x, [samples, channels, voxels]), [1, 0, 2]);
  return emit.reshape(rows, [channels, samples * voxels]);
}

export const upsamplingConvolutionOperator = defineOperator<None>({
  name: "upsamplingConvolution",
  results: ([x, kernel]) => {
    const [samples, channels, ...space] = x!.dims;
    if (channels !== kernel!.dims[0]) {
      throw new RangeError(`upsampling: ${channels} channels do not fit kernel [${kernel!.dims.join(", ")}]`);
    }
    return [{ type: x!.type, dims: [samples!, kernel!.dims[1]!, ...space.map((size) => multiply(size, 2))] }];
  },
  lower: ({ emit, inputs, outputs, operands }) => {
    const [channels, outputChannels] = knownSizes(operands[1]!.dims, "upsampling") as [number, number];
    const columns = emit.reshape(inputs[1]!, [channels, outputChannels * 8]);
    const pointwise = emit.reshape(emit.transpose(columns, [1, 0]), [outputChannels * 8, channels, 1, 1, 1]);
    const phases = emit.node("Conv", [inputs[0]!, pointwise], { kernel_shape: [1, 1, 1] });
    const [samples, , ...coarse] = operands[0]!.dims;
    if (typeof samples === "number" && coarse.every((size) => typeof size === "number")) {
      depthToSpace(emit, phases, samples, outputChannels, coarse as number[], axes, outputs[0]!);
    } else {
      openDepthToSpace(emit, inputs[0]!, phases, outputChannels, outputs[0]!);
    }
  },
  gradient: ({ inputs, gradient, wanted }) => {
    const [x, kernel] = inputs as [Value, Value];
    return [
      wanted[0] ? applyOperator(upsamplingInputGradientOperator, [kernel, gradient], {}) : undefined,
      wanted[1] ? applyOperator(upsamplingWeightGradientOperator, [x, gradient], {}) : undefined,
    ];
  },
});

/** Depth to space where sizes are known only when the model runs. */
function openDepthToSpace(
  emit: OnnxEmitter,
  x: string,
  phases: string,
  channels: number,
  into: string,
): void {
  const shape = emit.node("Shape", [x]);
  const samples = emit.slice(shape, [0], [0], [1]);
  const coarse = emit.slice(shape, [0], [2], [5]);
  const splitShape = emit.node("Concat", [emit.integers([-1, ...block]), coarse], { axis: 0 });
  const split = emit.node("Reshape", [phases, splitShape]);
  const rows = emit.reshape(emit.transpose(split, rowOrder(axes.length)), [2, -1]);
  const pairs = emit.transpose(rows, [1, 0]);
  const fine = emit.node("Mul", [coarse, emit.integers([2])]);
  const whole = emit.node("Concat", [samples, emit.integers([channels]), fine], { axis: 0 });
  emit.node("Reshape", [pairs, whole], {}, into);
}

/**
 * @param x [N, C, D, H, W]
 * @param kernel [C, O, 2, 2, 2]
 * @returns [N, O, 2D, 2H, 2W]
 */
export const upsamplingConvolution = (x: Value, kernel: Value): Value =>
  applyOperator(upsamplingConvolutionOperator, [x, kernel], {});
