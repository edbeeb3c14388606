/**
 * A 3-D convolution as 2-D convolutions in ONNX Runtime's blocked layout, which keeps 8 or 16 channels of a voxel side
 * by side (NCHWc in its sources). Its 3-D convolution gathers each voxel's neighbours and multiplies by a matrix with
 * one row for each output channel; with 16 to 64 channels that runs at two thirds of the speed of the blocked kernels,
 * which exist for 2-D alone.
 *
 * Planes are stacked into one tall picture of D * (H + 1) rows, one row of zeros after each plane. The neighbour one
 * plane further then is H + 1 rows further: a dilation. Each of the three offsets along H is a 2-D convolution over D
 * and W, shifted by uneven padding; all read one reordered input and add into one result.
 */
import { elementCount } from "../dimension.js";
import type { OnnxEmitter } from "../onnx-emitter.js";

/** A convolution of stride 1 whose padding keeps the size. */
export interface PlainConvolution {
  /** Name of the input [N, C, D, H, W]. */
  readonly input: string;
  /** Name of the kernel [O, C, kd, kh, kw]. */
  readonly kernel: string;
  /** Name of the bias [O]; default: none. */
  readonly bias?: string;
  readonly samples: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** Sizes along D, H, W. */
  readonly space: readonly number[];
  /** Sizes of the kernel along D, H, W; odd. */
  readonly taps: readonly number[];
}

/**
 * Below this many voxels for each input channel, putting the kernel into blocks costs more than the faster kernels save.
 */
const voxelsForChannel = 60;

/** Whether the blocked layout can compute this convolution, and is faster. */
export function isFasterInBlocks(
  channelBlock: number | undefined,
  {
    inputChannels,
    outputChannels,
    space,
    taps,
  }: Omit<PlainConvolution, "input" | "kernel" | "bias" | "samples">,
): channelBlock is number {
  return (
    channelBlock !== undefined &&
    inputChannels % channelBlock === 0 &&
    outputChannels % channelBlock === 0 &&
    taps.length === 3 &&
    taps.every((size) => size === 3) &&
    elementCount(space) >= voxelsForChannel * inputChannels
  );
}

/** Writes the nodes. @param channelBlock channels of one block; divides both counts of channels */
export function blockedConvolution(
  emit: OnnxEmitter,
  convolution: PlainConvolution,
  channelBlock: number,
  into: string,
): void {
  const { input, bias, samples, inputChannels, outputChannels, space } = convolution;
  const [planes, rows, columns] = space as [number, number, number];
  const pitch = rows + 1;
  const gap = emit.node("Pad", [input, emit.integers([0, 0, 0, 0, 0, 0, 0, 0, 1, 0])]);
  const picture = emit.reshape(gap, [samples, inputChannels, planes * pitch, columns]);
  const blocks = emit.blockedNode("ReorderInput", [picture], {});
  const kernels = blockedKernels(emit, convolution, channelBlock);
  let sum: string | undefined;
  kernels.forEach((kernel, index) => {
    const shift = index - 1;
    const first = bias === undefined ? [blocks, kernel] : [blocks, kernel, bias];
    const operands = sum === undefined ? first : [blocks, kernel, "", sum];
    sum = emit.blockedNode("Conv", operands, {
      kernel_shape: [3, 3],
      dilations: [pitch, 1],
      strides: [1, 1],
      pads: [pitch - shift, 1, pitch + shift, 1],
      group: 1,
    });
  });
  const result = emit.blockedNode("ReorderOutput", [sum as string], { channels: outputChannels });
  const padded = emit.reshape(result, [samples, outputChannels, planes, pitch, columns]);
  emit.slice(padded, { axes: [3], starts: [0], ends: [rows] }, into);
}

/**
 * For each offset along H a kernel over D and W, its elements in the order of ONNX Runtime's OIHWBiBo: blocks of output
 * channels, blocks of input channels, D, W, input channel, output channel. Two moves, each of them fast: a transpose of
 * plain matrices puts the output channels of a block side by side, then whole blocks move.
 */
function blockedKernels(
  emit: OnnxEmitter,
  { kernel, inputChannels, outputChannels }: PlainConvolution,
  block: number,
): string[] {
  const [outer, inner] = [outputChannels / block, inputChannels / block];
  const matrices = emit.reshape(kernel, [outer, block, inputChannels * 27]);
  const beside = emit.transpose(matrices, [0, 2, 1]);
  const split = emit.reshape(beside, [outer, inner, block, 3, 3, 3, block]);
  const ordered = emit.transpose(split, [4, 0, 1, 3, 5, 2, 6]);
  const all = emit.reshape(ordered, [3 * outputChannels, inputChannels, 3, 3]);
  return [0, 1, 2].map((offset) =>
    emit.slice(all, {
      axes: [0],
      starts: [offset * outputChannels],
      ends: [(offset + 1) * outputChannels],
    }),
  );
}
