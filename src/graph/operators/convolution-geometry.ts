/**
 * How a strided convolution becomes one of stride 1.
 *
 * With stride 2 along an axis, input voxel 2q + r is voxel q of phase r. Laying the phases out as channels (space to
 * depth) turns the convolution into one of stride 1 over half as many voxels whose kernel has `taps` positions. Its
 * gradients are then plain convolutions and matrix products, which ONNX Runtime computes several times faster than
 * ConvTranspose, and on every execution provider.
 */
import type { OnnxEmitter } from "../onnx-emitter.js";

export interface AxisGeometry {
  readonly kernel: number;
  readonly phases: 1 | 2;
  /** Kernel positions of the equivalent stride-1 convolution. */
  readonly taps: number;
  /** How many voxels before the first one its first output reads. */
  readonly before: number;
  /** Zeros put before and after the kernel so that it has `taps * phases` positions. */
  readonly kernelBefore: number;
  readonly kernelAfter: number;
}

/**
 * @throws RangeError for a combination other than: stride 1 with an odd kernel and padding (kernel - 1) / 2; stride 2
 * with kernel 3 and padding 1, or with kernel 1 or 2 and padding 0
 */
export function axisGeometry(kernel: number, stride: number, padding: number): AxisGeometry {
  if (stride === 1 && kernel === 2 * padding + 1) {
    return { kernel, phases: 1, taps: kernel, before: padding, kernelBefore: 0, kernelAfter: 0 };
  }
  if (stride === 2 && kernel === 3 && padding === 1) {
    return { kernel, phases: 2, taps: 2, before: 1, kernelBefore: 1, kernelAfter: 0 };
  }
  if (stride === 2 && kernel <= 2 && padding === 0) {
    return { kernel, phases: 2, taps: 1, before: 0, kernelBefore: 0, kernelAfter: 2 - kernel };
  }
  throw new RangeError(
    `convolution: kernel ${kernel} with stride ${stride} and padding ${padding} is not supported`,
  );
}

export interface ConvolutionAttributes extends Record<string, unknown> {
  /** Sizes of the kernel along D, H, W. */
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  /** Zeros before and after, along D, H, W. */
  readonly padding: readonly number[];
}

export function geometryOf({ kernel, stride, padding }: ConvolutionAttributes): AxisGeometry[] {
  return kernel.map((size, axis) => axisGeometry(size, stride[axis]!, padding[axis]!));
}

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

/** A feature map over a fine grid, whose phases lie on the coarse one. */
export interface PhasedMap {
  readonly samples: number;
  /** Of the fine map. */
  readonly channels: number;
  /** Sizes of the coarse grid along D, H, W. */
  readonly coarse: readonly number[];
  readonly axes: readonly AxisGeometry[];
}

/** The sizes of a kernel [O, C, ...kernel]. */
export interface KernelSizes {
  readonly outputChannels: number;
  readonly inputChannels: number;
  readonly axes: readonly AxisGeometry[];
}

/** How many phases a voxel of the coarse grid has in all. */
export function phaseCount(axes: readonly AxisGeometry[]): number {
  return product(axes.map(({ phases }) => phases));
}

/**
 * [N, C, ...fine] -> [N, C * phases, ...coarse]; channel c, phases (r_d, r_h, r_w) in this order.
 *
 * Two moves instead of one: ONNX Runtime's Transpose is fast where whole rows move and for stacks of plain matrices, and
 * an order of magnitude slower where single elements move inside a larger array. So whole rows go to their phases first;
 * then the phases of the fastest axis, which are neighbours in memory, are split by a transpose of matrices.
 */
export function spaceToDepth(
  emit: OnnxEmitter,
  x: string,
  { samples, channels, coarse, axes }: PhasedMap,
): string {
  if (phaseCount(axes) === 1) return x;
  const { maps, slow, fastest, width, voxels } = phasedSizes({ samples, channels, coarse, axes });
  const rows = emit.reshape(x, [maps, ...slow.flatMap(({ size, phases }) => [size, phases]), width]);
  const moved = emit.transpose(rows, [
    0,
    ...slow.map((_, a) => 2 + 2 * a),
    ...slow.map((_, a) => 1 + 2 * a),
    1 + 2 * slow.length,
  ]);
  const pairs = emit.reshape(moved, [maps * product(slow.map(({ phases }) => phases)), voxels, fastest]);
  const apart = fastest === 1 ? pairs : emit.transpose(pairs, [0, 2, 1]);
  return emit.reshape(apart, [samples, channels * phaseCount(axes), ...coarse]);
}

/** The inverse of `spaceToDepth`. */
export function depthToSpace(
  emit: OnnxEmitter,
  x: string,
  { samples, channels, coarse, axes }: PhasedMap,
  into: string,
): void {
  const { maps, slow, fastest, width, voxels } = phasedSizes({ samples, channels, coarse, axes });
  const apart = emit.reshape(x, [maps * product(slow.map(({ phases }) => phases)), fastest, voxels]);
  const pairs = fastest === 1 ? apart : emit.transpose(apart, [0, 2, 1]);
  const moved = emit.reshape(pairs, [
    maps,
    ...slow.map(({ phases }) => phases),
    ...slow.map(({ size }) => size),
    width,
  ]);
  const rows = emit.transpose(moved, [
    0,
    ...slow.flatMap((_, a) => [1 + slow.length + a, 1 + a]),
    1 + 2 * slow.length,
  ]);
  emit.reshape(rows, [samples, channels, ...coarse.map((size, a) => size * axes[a]!.phases)], into);
}

/** A map as its two moves see it: maps of rows of `width` fine voxels, in phases along all axes but the fastest. */
function phasedSizes({ samples, channels, coarse, axes }: PhasedMap) {
  const fastest = axes.at(-1)!.phases;
  return {
    maps: samples * channels,
    slow: axes.slice(0, -1).map(({ phases }, a) => ({ phases, size: coarse[a]! })),
    fastest,
    width: coarse.at(-1)! * fastest,
    voxels: product(coarse),
  };
}

/**
 * The order that turns [N * C, r_d, r_h, r_w, D, H, W] into [r_w, N * C, D, r_d, H, r_h, W]: rows of W stay whole and
 * the phases of the fastest axis come first, ready for a matrix transpose.
 */
export function rowOrder(rank: number): number[] {
  const slow = Array.from({ length: rank - 1 }, (_, a) => [1 + rank + a, 1 + a]).flat();
  return [rank, 0, ...slow, 2 * rank];
}

/** Kernel [O, C, ...kernel] -> [O, C, taps_d, phases_d, taps_h, phases_h, taps_w, phases_w]. */
export function splitKernel(
  emit: OnnxEmitter,
  kernel: string,
  { outputChannels, inputChannels, axes }: KernelSizes,
): string {
  const pads = [
    ...[0, 0, ...axes.map(({ kernelBefore }) => kernelBefore)],
    ...[0, 0, ...axes.map(({ kernelAfter }) => kernelAfter)],
  ];
  const padded = pads.some((pad) => pad > 0) ? emit.node("Pad", [kernel, emit.integers(pads)]) : kernel;
  return emit.reshape(padded, [
    outputChannels,
    inputChannels,
    ...axes.flatMap(({ taps, phases }) => [taps, phases]),
  ]);
}

/** The inverse of `splitKernel`: drops the added zeros. */
export function joinKernel(
  emit: OnnxEmitter,
  split: string,
  { outputChannels, inputChannels, axes }: KernelSizes,
  into: string,
): void {
  const sizes = axes.map(({ taps, phases }) => taps * phases);
  const padded = axes.some(({ kernel }, a) => kernel !== sizes[a]);
  const joined = emit.reshape(split, [outputChannels, inputChannels, ...sizes], padded ? undefined : into);
  if (!padded) return;
  emit.slice(
    joined,
    {
      axes: axes.map((_, a) => a + 2),
      starts: axes.map(({ kernelBefore }) => kernelBefore),
      ends: axes.map(({ kernelBefore, kernel }) => kernelBefore + kernel),
    },
    into,
  );
}
