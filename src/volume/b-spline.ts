import { voxelCount } from "./grid.js";
import type { Volume } from "./volume.js";

/** Pole of the cubic B-spline's inverse filter. */
const POLE = Math.sqrt(3) - 2;

/**
 * Coefficients of the cubic B-spline that passes through every voxel: what interpolation with `cubic` weighs. Borders
 * are mirrored about the outermost voxel centres. Unser, Aldroubi and Eden, "B-spline signal processing: part II" (IEEE
 * Trans. Signal Processing, 1993); matches `scipy.ndimage.spline_filter(order=3, mode="mirror")`, in float32 storage with
 * each line filtered in double. A NaN or infinity spoils the lines through it: make voxels finite first.
 */
export function splineCoefficients(volume: Volume): Float32Array {
  const coefficients = Float32Array.from(volume.data);
  const [ni, nj, nk] = volume.shape;
  const strides = [1, ni, ni * nj];
  const count = voxelCount(volume.shape);
  const line = new Float64Array(Math.max(ni, nj, nk));
  for (let axis = 0; axis < 3; axis++) {
    const length = volume.shape[axis]!;
    if (length === 1) continue;
    const stride = strides[axis]!;
    // Lines start at every voxel whose index along this axis is 0.
    for (let block = 0; block < count * volume.channels; block += stride * length) {
      for (let start = block; start < block + stride; start++) {
        for (let n = 0; n < length; n++) line[n] = coefficients[start + n * stride]!;
        filterLine(line, length);
        for (let n = 0; n < length; n++) coefficients[start + n * stride] = line[n]!;
      }
    }
  }
  return coefficients;
}

/** One line of voxels to its coefficients, in place; mirrored borders. */
export function filterLine(line: Float64Array, length: number): void {
  for (let n = 0; n < length; n++) line[n] = 6 * line[n]!;
  // First value of the causal filter: the mirrored signal is periodic, so its infinite sum is a finite one.
  const turn = POLE ** (length - 1);
  let first = line[0]! + turn * line[length - 1]!;
  let power = POLE;
  for (let n = 1; n < length - 1; n++) {
    first += power * (line[n]! + turn * line[length - 1 - n]!);
    power *= POLE;
  }
  line[0] = first / (1 - turn * turn);
  for (let n = 1; n < length; n++) line[n] = line[n]! + POLE * line[n - 1]!;
  line[length - 1] = ((POLE * line[length - 2]! + line[length - 1]!) * POLE) / (POLE * POLE - 1);
  for (let n = length - 2; n >= 0; n--) line[n] = POLE * (line[n + 1]! - line[n]!);
}
