/**
 * Weights that blend overlapping windows.
 *
 * Most weights of a window are products of three numbers, one an axis. The windows form a product grid, so the sum of all
 * weights at a voxel is a product over the axes as well: such weights are normalised along each axis beforehand, and neither
 * a volume of weights nor a division at the end is needed. Weights that are no products are one volume of a window's size;
 * their sums are gathered with the values, and divided by at the end.
 */
import type { Shape } from "../volume/index.js";
import { importanceMaps } from "./importance-maps.js";
import type { AxisWindows, WeightShape, Windows } from "./window-plan.js";

/** The weights of any row of voxels of any window. */
export interface BlendWeights {
  /** Whether the weights of every voxel of the image add up to one. */
  readonly normalised: boolean;
  /**
   * @param index of the window along each axis
   * @param j, k place of the row in the window
   */
  row(index: Shape, j: number, k: number): WeightRow;
}

/** Weight n of a row: `scale * values[start + n]`. */
export interface WeightRow {
  scale: number;
  values: ArrayLike<number>;
  start: number;
}

export function blendWeights(windows: Windows, shape: WeightShape = "gaussian"): BlendWeights {
  if (shape === "nnunet" || shape === "monai")
    return mapWeights(importanceMaps[shape](windows.size), windows.size);
  const { axes, size, padded } = windows;
  const along = ([0, 1, 2] as const).map((axis) =>
    axisWeights(axes[axis], padded[axis], axisShapes[shape](size[axis])),
  ) as [Float64Array[], Float64Array[], Float64Array[]];
  return productWeights(along);
}

function productWeights([x, y, z]: readonly [Float64Array[], Float64Array[], Float64Array[]]): BlendWeights {
  // One object for all rows: there are millions.
  const row: WeightRow = { scale: 0, values: [], start: 0 };
  return {
    normalised: true,
    row: (index, j, k) => {
      row.scale = y[index[1]]![j]! * z[index[2]]![k]!;
      row.values = x[index[0]]!;
      return row;
    },
  };
}

function mapWeights(values: Float32Array, [si, sj]: Shape): BlendWeights {
  const row: WeightRow = { scale: 1, values, start: 0 };
  return {
    normalised: false,
    row: (_, j, k) => {
      row.start = si * (j + sj * k);
      return row;
    },
  };
}

/** Along one axis, before they are normalised. */
const axisShapes: Readonly<Record<Exclude<WeightShape, "nnunet" | "monai">, (size: number) => Float64Array>> =
  {
    gaussian: (size) => {
      const centre = (size - 1) / 2;
      const deviation = size / 8;
      return Float64Array.from({ length: size }, (_, at) =>
        Math.exp(-0.5 * ((at - centre) / deviation) ** 2),
      );
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
