/** How much each voxel of a window counts in other software, where windows overlap. */
import { type Shape, voxelCount } from "../volume/index.js";

/** Standard deviations as parts of a window's size: both use an eighth. */
const DEVIATION = 1 / 8;

/** [sk x sj x si] for a window of [si, sj, sk] voxels, none of them 0. */
export const importanceMaps = {
  /**
   * `compute_gaussian` of nnU-Net 2: around the voxel at half the size rounded down, 10 in its middle, in half precision;
   * what half precision cannot tell from 0 counts as the least that it can.
   */
  nnunet: (size: Shape): Float32Array => {
    const map = productOf(size, (length) => Math.floor(length / 2));
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < map.length; at++) {
      const weight = toHalf(10 * map[at]!);
      map[at] = weight;
      if (weight > 0 && weight < least) least = weight;
    }
    return Float32Array.from(map, (weight) => (weight === 0 ? least : weight));
  },
  /** `compute_importance_map` of MONAI 1, mode gaussian: around the window's centre, 1 there, nowhere below 0.001. */
  monai: (size: Shape): Float32Array =>
    Float32Array.from(
      productOf(size, (length) => (length - 1) / 2),
      (weight) => Math.max(weight, 1e-3),
    ),
};

function productOf(size: Shape, centreOf: (length: number) => number): Float64Array {
  const along = (axis: 0 | 1 | 2): Float64Array => {
    const length = size[axis];
    const [centre, deviation] = [centreOf(length), length * DEVIATION];
    return Float64Array.from({ length }, (_, at) => Math.exp(-0.5 * ((at - centre) / deviation) ** 2));
  };
  const [x, y, z] = [along(0), along(1), along(2)];
  const map = new Float64Array(voxelCount(size));
  let to = 0;
  for (const deep of z) for (const high of y) for (const wide of x) map[to++] = deep * high * wide;
  return map;
}

/** The nearest number of half precision, of numbers from 0 to 65504. */
function toHalf(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(value)));
  const step = 2 ** (exponent - 10);
  return roundHalfToEven(value / step) * step;
}

/** As IEEE 754, NumPy and Python round numbers that are not negative. */
export function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
