/**
 * Gradient of a convolution's kernel, as a few large matrix products.
 *
 * For stride 1, dw[o, c, t] = sum over v of dy[o, v] * x[c, v + t - before]. With input and output gradient on one
 * zero-padded grid, flattened, each kernel position t is one contiguous shift, so every position is a matrix product
 * of two shifted copies. The shifts along the fast axes are stacked on one operand (one tall product instead of
 * several thin ones), the rest are taken as slices of the other. Rows share their padding: the zeros after one row
 * serve before the next. Strided convolutions are laid out in phases first.
 */
import { elementCount, knownSizes } from "../dimension.js";
import type { OnnxEmitter } from "../onnx-emitter.js";
import { defineOperator } from "../operator.js";
import {
  type AxisGeometry,
  type ConvolutionAttributes,
  geometryOf,
  joinKernel,
  phaseCount,
  spaceToDepth,
} from "./convolution-geometry.js";

export const convolutionWeightGradientOperator = defineOperator<ConvolutionAttributes>({
  name: "convolutionWeightGradient",
  results: ([x, gradient], { kernel }) => [
    { type: x!.type, dims: [gradient!.dims[1]!, x!.dims[1]!, ...kernel] },
  ],
  lower: ({ emit, inputs, outputs, operands, attributes }) => {
    const axes = geometryOf(attributes);
    const inputChannels = operands[0]!.dims[1] as number;
    const [samples, outputChannels, ...coarse] = knownSizes(operands[1]!.dims, "convolution") as [
      number,
      number,
      ...number[],
    ];
    const phases = spaceToDepth(emit, inputs[0]!, { samples, channels: inputChannels, coarse, axes });
    const channels = inputChannels * phaseCount(axes);
    const correlation = correlate(emit, {
      x: phases,
      gradient: inputs[1]!,
      samples,
      channels,
      outputChannels,
      space: coarse,
      axes,
    });
    const rank = axes.length;
    const split = emit.reshape(correlation, [
      outputChannels,
      inputChannels,
      ...axes.map((axis) => axis.phases),
      ...axes.map((axis) => axis.taps),
    ]);
    const order = axes.flatMap((_, a) => [2 + rank + a, 2 + a]);
    const joined = emit.transpose(split, [0, 1, ...order]);
    joinKernel(emit, joined, { outputChannels, inputChannels, axes }, outputs[0]!);
  },
});

interface Correlation {
  readonly x: string;
  readonly gradient: string;
  readonly samples: number;
  readonly channels: number;
  readonly outputChannels: number;
  /** Sizes of both grids. */
  readonly space: readonly number[];
  readonly axes: readonly AxisGeometry[];
}

/** Rows from which on a product is no longer thin. */
const tallEnough = 48;

/** Size of one piece of a stack: measured best between what the caches hold and the cost of many small nodes. */
const stackBytes = 4 * 2 ** 20;

/** [O, C, ...taps] of a stride-1 convolution. */
function correlate(emit: OnnxEmitter, correlation: Correlation): string {
  const { x, gradient, samples, channels, outputChannels, space, axes } = correlation;
  const taps = axes.map((axis) => axis.taps);
  const grid = commonGrid(space, axes);
  const { stackInput, stacked } = chooseStack(correlation);

  // Offsets of the kernel positions, split into those stacked and those sliced.
  const offsets = (from: number, to: number): number[] =>
    taps
      .slice(from, to)
      .reduce<number[]>(
        (sums, count, index) =>
          sums.flatMap((sum) =>
            Array.from({ length: count }, (_, tap) => sum + tap * grid.strides[from + index]!),
          ),
        [0],
      );
  const slow = offsets(0, taps.length - stacked);
  const fast = offsets(taps.length - stacked, taps.length);
  const gradientOffsets = stackInput ? slow : fast;
  const inputOffsets = stackInput ? fast : slow;

  // The output gradient is read `offset` before its place: it needs that many zeros in front.
  const plane = grid.strides[0]!;
  const front = Math.ceil(Math.max(...gradientOffsets) / plane);
  const last = grid.strides.reduce((sum, stride, a) => sum + stride * (space[a]! - 1), 0);
  const reach = last + taps.reduce((sum, count, a) => sum + (count - 1) * grid.strides[a]!, 0) + 1;
  const planes = Math.max(
    Math.ceil(reach / plane),
    front + Math.ceil((last + Math.max(...gradientOffsets) + 1) / plane),
  );
  const block = planes * plane;
  const length = (samples - 1) * block + last + Math.max(...gradientOffsets) + 1;

  const flatGradient = flatten(emit, gradient, {
    samples,
    channels: outputChannels,
    before: axes.map((_, a) => (a === 0 ? front : 0)),
    sizes: [planes, ...grid.sizes.slice(1)],
    space,
  });
  const flatInput = flatten(emit, x, {
    samples,
    channels,
    before: axes.map((axis) => axis.before),
    sizes: [planes, ...grid.sizes.slice(1)],
    space,
  });
  const base = front * plane;
  const whole = samples * block;
  const [tall, tallStarts] = stackInput
    ? [flatInput, inputOffsets]
    : [flatGradient, gradientOffsets.map((offset) => base - offset)];
  const [other, otherStarts] = stackInput
    ? [flatGradient, gradientOffsets.map((offset) => base - offset)]
    : [flatInput, inputOffsets];
  const height = tallStarts.length * (stackInput ? channels : outputChannels);
  const piece = Math.max(1024, Math.floor(stackBytes / 4 / height));

  // The product over all voxels is the sum of products over pieces whose stack stays in the cache.
  const products: (string | undefined)[] = otherStarts.map(() => undefined);
  for (let from = 0; from < length; from += piece) {
    const to = Math.min(from + piece, length);
    const part = (flat: string, start: number): string =>
      start + from === 0 && start + to === whole
        ? flat
        : emit.slice(flat, { axes: [1], starts: [start + from], ends: [start + to] });
    const parts = tallStarts.map((start) => part(tall, start));
    const stack = parts.length === 1 ? parts[0]! : emit.node("Concat", parts, { axis: 0 });
    otherStarts.forEach((start, index) => {
      const sum = products[index];
      const operands = [stack, part(other, start), ...(sum === undefined ? [] : [sum])];
      products[index] = emit.node("Gemm", operands, { transB: 1 });
    });
  }
  const all = products.length === 1 ? products[0]! : emit.node("Concat", products as string[], { axis: 0 });
  const [rows, columns] = stackInput ? [channels, outputChannels] : [outputChannels, channels];
  const table = emit.reshape(all, [elementCount(taps), rows, columns]);
  const ordered = emit.transpose(table, stackInput ? [2, 1, 0] : [1, 2, 0]);
  return emit.reshape(ordered, [outputChannels, channels, ...taps]);
}

/** The padded grid that both operands are laid on; the slowest axis gets its padding later. */
function commonGrid(
  space: readonly number[],
  axes: readonly AxisGeometry[],
): { sizes: number[]; strides: number[] } {
  const sizes = space.map((size, a) => {
    const { before, taps } = axes[a]!;
    return size + (a === 0 ? 0 : Math.max(before, taps - 1 - before));
  });
  const strides = sizes.map((_, a) => elementCount(sizes.slice(a + 1)));
  return { sizes, strides };
}

/**
 * Which operand is stacked and over how many of the fast axes. Copies are what costs: a stack of J shifts of one
 * operand and the remaining shifts of the other are all written to memory once, and a thin product wastes the
 * matrix kernel, so among the cheap choices one with at least `tallEnough` rows is taken.
 */
function chooseStack(correlation: Correlation): { stackInput: boolean; stacked: number } {
  const { channels, outputChannels, axes } = correlation;
  const taps = axes.map((axis) => axis.taps);
  let best = { stackInput: false, stacked: 0, cost: Number.POSITIVE_INFINITY };
  for (const stackInput of [false, true]) {
    for (let stacked = 0; stacked <= taps.length; stacked++) {
      const height = elementCount(taps.slice(taps.length - stacked));
      const rest = elementCount(taps) / height;
      const own = stackInput ? channels : outputChannels;
      const other = stackInput ? outputChannels : channels;
      const copies = height * own + rest * other;
      const thin = Math.max(1, tallEnough / (height * own));
      const cost = copies * thin;
      if (cost < best.cost) best = { stackInput, stacked, cost };
    }
  }
  return best;
}

/** A feature map and the padded grid that it is laid on. */
interface FlatMap {
  readonly samples: number;
  readonly channels: number;
  /** Sizes of the map. */
  readonly space: readonly number[];
  /** Zeros before the map along each axis. */
  readonly before: readonly number[];
  /** Sizes of the padded grid. */
  readonly sizes: readonly number[];
}

/** [N, C, ...space] -> [C, N * padded voxels], zeros outside. */
function flatten(
  emit: OnnxEmitter,
  operand: string,
  { samples, channels, space, before, sizes }: FlatMap,
): string {
  const after = sizes.map((size, a) => size - space[a]! - before[a]!);
  const pads = [0, 0, ...before, 0, 0, ...after];
  const padded = pads.some((pad) => pad > 0) ? emit.node("Pad", [operand, emit.integers(pads)]) : operand;
  const voxels = elementCount(sizes);
  if (samples === 1) return emit.reshape(padded, [channels, voxels]);
  const rows = emit.reshape(padded, [samples, channels, voxels]);
  return emit.reshape(emit.transpose(rows, [1, 0, 2]), [channels, samples * voxels]);
}
