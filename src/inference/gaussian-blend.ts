/**
 * Gaussian weights that blend overlapping windows.
 *
 * The weight of a window's voxel is a product of three Gaussians, one an axis, centred on the window, with a standard
 * deviation of an eighth of its size (nnU-Net's). The windows form a product grid, so the sum of all weights at a voxel
 * is a product over the axes as well: weights are normalised along each axis beforehand. Neither a volume of weights
 * nor a division at the end is needed, and the weights of every voxel add up to one.
 */
import type { AxisWindows, Windows } from "./window-plan.js";

/** `weights[axis][n]`: normalised weights of window n along one axis, one for each voxel of the window. */
export type BlendWeights = readonly [
  readonly Float64Array[],
  readonly Float64Array[],
  readonly Float64Array[],
];

export function blendWeights({ axes, size, padded }: Windows): BlendWeights {
  const weights = (axis: 0 | 1 | 2): Float64Array[] => axisWeights(axes[axis], size[axis], padded[axis]);
  return [weights(0), weights(1), weights(2)];
}

function axisWeights({ origins }: AxisWindows, size: number, length: number): Float64Array[] {
  const centre = (size - 1) / 2;
  const deviation = size / 8;
  const gaussian = Float64Array.from({ length: size }, (_, at) =>
    Math.exp(-0.5 * ((at - centre) / deviation) ** 2),
  );
  const total = new Float64Array(length);
  for (const origin of origins) {
    for (let at = 0; at < size; at++) total[origin + at]! += gaussian[at]!;
  }
  return origins.map((origin) => gaussian.map((weight, at) => weight / total[origin + at]!));
}
