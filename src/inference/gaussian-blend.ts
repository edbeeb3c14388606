/**
 * Gaussian weights that blend overlapping windows.
 *
 * The weight of a window's voxel is a product of three Gaussians, one an axis, centred on the window, with a standard
 * deviation of an eighth of its size (nnU-Net's). The windows form a product grid, so the sum of all weights at a voxel
 * is a product over the axes as well: weights are normalised along each axis beforehand. Neither a volume of weights
 * nor a division at the end is needed, and the weights of every voxel add up to one.
 */
import type { AxisWindows, WeightShape, Windows } from "./window-plan.js";

/** `weights[axis][n]`: normalised weights of window n along one axis, one for each voxel of the window. */
export type BlendWeights = readonly [
  readonly Float64Array[],
  readonly Float64Array[],
  readonly Float64Array[],
];

export function blendWeights({ axes, size, padded }: Windows, shape: WeightShape = "gaussian"): BlendWeights {
  const weights = (axis: 0 | 1 | 2): Float64Array[] =>
    axisWeights(axes[axis], padded[axis], weightShapes[shape](size[axis]));
  return [weights(0), weights(1), weights(2)];
}

/** Along one axis, before they are normalised. */
const weightShapes: Readonly<Record<WeightShape, (size: number) => Float64Array>> = {
  gaussian: (size) => {
    const centre = (size - 1) / 2;
    const deviation = size / 8;
    return Float64Array.from({ length: size }, (_, at) => Math.exp(-0.5 * ((at - centre) / deviation) ** 2));
  },
  constant: (size) => new Float64Array(size).fill(1),
};

function axisWeights({ origins }: AxisWindows, length: number, shape: Float64Array): Float64Array[] {
  const size = shape.length;
  const first = origins[0]!;
  const total = new Float64Array(length);
  for (const origin of origins) {
    for (let at = 0; at < size; at++) total[origin - first + at]! += shape[at]!;
  }
  return origins.map((origin) => shape.map((weight, at) => weight / total[origin - first + at]!));
}
