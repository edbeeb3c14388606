/**
 * Transposed convolution whose kernel is as large as its stride, without bias: each coarse voxel paints a block of its
 * own, 2 x 2 x 2 where the grid doubles along every axis. Matches PyTorch's ConvTranspose3d(C, O, s, s, bias=False).
 *
 * Written as a 1 x 1 x 1 convolution to a channel for each voxel of the block, followed by depth to space: no
 * ConvTranspose, which is the slowest operator of ONNX Runtime's CPU provider and is missing in 3-D from its WebGPU
 * provider.
 */
import { elementCount, knownSizes, multiply } from "../dimension.js";
import type { OnnxEmitter } from "../onnx-emitter.js";
import { applyOperator, defineOperator, type Value } from "../operator.js";
import {
  type AxisGeometry,
  axisGeometry,
  depthToSpace,
  phaseCount,
  rowOrder,
  spaceToDepth,
} from "./convolution-geometry.js";

interface BlockAttributes extends Record<string, unknown> {
  /** Fine voxels of one coarse voxel along D, H, W: 1 or 2. */
  readonly block: readonly number[];
}

const geometryOf = ({ block }: BlockAttributes): AxisGeometry[] =>
  block.map((size) => axisGeometry(size, size, 0));

/** (kernel, gradient) -> gradient of the input: a strided convolution. */
export const upsamplingInputGradientOperator = defineOperator<BlockAttributes>({
  name: "upsamplingInputGradient",
  results: ([kernel, gradient], { block }) => {
    const [samples, , ...fine] = knownSizes(gradient!.dims, "upsampling") as [number, number, ...number[]];
    const coarse = fine.map((size, axis) => size / block[axis]!);
    return [{ type: gradient!.type, dims: [samples, kernel!.dims[0]!, ...coarse] }];
  },
  lower: ({ emit, inputs, outputs, attributes: { block } }) =>
    emit.node("Conv", [inputs[1]!, inputs[0]!], { kernel_shape: block, strides: block }, outputs[0]),
});

/** (input, gradient) -> gradient of the kernel: one matrix product over all voxels. */
export const upsamplingWeightGradientOperator = defineOperator<BlockAttributes>({
  name: "upsamplingWeightGradient",
  results: ([x, gradient], { block }) => [
    { type: x!.type, dims: [x!.dims[1]!, gradient!.dims[1]!, ...block] },
  ],
  lower: ({ emit, inputs, outputs, operands, attributes }) => {
    const axes = geometryOf(attributes);
    const [samples, channels, ...coarse] = knownSizes(operands[0]!.dims, "upsampling") as [
      number,
      number,
      ...number[],
    ];
    const outputChannels = operands[1]!.dims[1] as number;
    const phases = spaceToDepth(emit, inputs[1]!, { samples, channels: outputChannels, coarse, axes });
    const voxels = elementCount(coarse);
    const x = channelRows(emit, inputs[0]!, [samples, channels, voxels]);
    const dy = channelRows(emit, phases, [samples, outputChannels * phaseCount(axes), voxels]);
    const product = emit.node("Gemm", [x, dy], { transB: 1 });
    emit.reshape(product, [channels, outputChannels, ...attributes.block], outputs[0]);
  },
});

/** [N, C, ...] -> [C, N * voxels]. */
function channelRows(
  emit: OnnxEmitter,
  x: string,
  [samples, channels, voxels]: readonly [number, number, number],
): string {
  if (samples === 1) return emit.reshape(x, [channels, voxels]);
  const rows = emit.transpose(emit.reshape(x, [samples, channels, voxels]), [1, 0, 2]);
  return emit.reshape(rows, [channels, samples * voxels]);
}

export const upsamplingConvolutionOperator = defineOperator<BlockAttributes>({
  name: "upsamplingConvolution",
  results: ([x, kernel], { block }) => {
    const [samples, channels, ...space] = x!.dims;
    const [inputChannels, outputChannels, ...painted] = kernel!.dims;
    if (channels !== inputChannels || space.length !== block.length || painted.join() !== block.join()) {
      throw new RangeError(
        `upsampling: input [${x!.dims.join(", ")}] and blocks of ${block.join(" x ")} do not fit kernel [${kernel!.dims.join(", ")}]`,
      );
    }
    const fine = space.map((size, axis) => multiply(size, block[axis]!));
    return [{ type: x!.type, dims: [samples!, outputChannels!, ...fine] }];
  },
  lower: ({ emit, inputs, outputs, operands, attributes }) => {
    const axes = geometryOf(attributes);
    const [inputChannels, channels] = knownSizes(operands[1]!.dims, "upsampling") as [number, number];
    const painted = channels * phaseCount(axes);
    const columns = emit.reshape(inputs[1]!, [inputChannels, painted]);
    const pointwise = emit.reshape(emit.transpose(columns, [1, 0]), [painted, inputChannels, 1, 1, 1]);
    const phases = emit.node("Conv", [inputs[0]!, pointwise], { kernel_shape: [1, 1, 1] });
    const [samples, , ...coarse] = operands[0]!.dims;
    if (typeof samples === "number" && coarse.every((size) => typeof size === "number")) {
      depthToSpace(emit, phases, { samples, channels, coarse, axes }, outputs[0]!);
    } else {
      openDepthToSpace(emit, phases, { coarse: inputs[0]!, channels, axes }, outputs[0]!);
    }
  },
  gradient: ({ inputs, gradient, attributes, wanted }) => {
    const [x, kernel] = inputs as [Value, Value];
    return [
      wanted[0] ? applyOperator(upsamplingInputGradientOperator, [kernel, gradient], attributes) : undefined,
      wanted[1] ? applyOperator(upsamplingWeightGradientOperator, [x, gradient], attributes) : undefined,
    ];
  },
});

/** Depth to space where sizes are known only when the model runs; `coarse` names a map [N, any, D, H, W]. */
function openDepthToSpace(
  emit: OnnxEmitter,
  phases: string,
  map: { readonly coarse: string; readonly channels: number; readonly axes: readonly AxisGeometry[] },
  into: string,
): void {
  const block = map.axes.map((axis) => axis.phases);
  const fastest = block.at(-1)!;
  const shape = emit.node("Shape", [map.coarse]);
  const samples = emit.slice(shape, { axes: [0], starts: [0], ends: [1] });
  const coarse = emit.slice(shape, { axes: [0], starts: [2], ends: [5] });
  const splitShape = emit.node("Concat", [emit.integers([-1, ...block]), coarse], { axis: 0 });
  const split = emit.node("Reshape", [phases, splitShape]);
  const rows = emit.reshape(emit.transpose(split, rowOrder(block.length)), [fastest, -1]);
  const pairs = emit.transpose(rows, [1, 0]);
  const same = block.every((size) => size === fastest);
  const fine = emit.node("Mul", [coarse, emit.integers(same ? [fastest] : block)]);
  const whole = emit.node("Concat", [samples, emit.integers([map.channels]), fine], { axis: 0 });
  emit.node("Reshape", [pairs, whole], {}, into);
}

/**
 * @param x [N, C, D, H, W]
 * @param kernel [C, O, bd, bh, bw], each of the last three 1 or 2
 * @returns [N, O, bd * D, bh * H, bw * W]
 */
export function upsamplingConvolution(x: Value, kernel: Value): Value {
  const block = knownSizes(kernel.dims.slice(2), "upsampling");
  return applyOperator(upsamplingConvolutionOperator, [x, kernel], { block });
}
