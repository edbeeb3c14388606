/**
 * Where one sampled coordinate falls between voxels, along one axis, and how much each voxel counts.
 *
 * Coordinates are in voxels of the source, voxel n centred at n. A coordinate up to half a voxel beyond the outermost
 * centres is still inside the image (voxels have an extent) and takes the edge's value; beyond that it is outside.
 */

/** How values between voxels are found; see `resample`. */
export type Interpolation = "nearest" | "linear" | "cubic";

/** Voxels that contribute to a sample along each axis. */
export const TAPS: Record<Interpolation, 1 | 2 | 4> = { nearest: 1, linear: 2, cubic: 4 };

/** Coordinates this close to a voxel centre count as on it, so that rounding in affines changes no value. */
const SNAP = 1e-6;

/** The coordinate clamped to voxel centres and snapped to near ones; NaN when it is outside an axis of `count` voxels. */
export function placeOnAxis(coordinate: number, count: number): number {
  if (!(coordinate >= -0.5 - SNAP && coordinate <= count - 0.5 + SNAP)) return Number.NaN;
  return extendOnAxis(coordinate, count);
}

/** As `placeOnAxis`, but nothing is outside: the edge's value goes on without end. */
export function extendOnAxis(coordinate: number, count: number): number {
  const clamped = Math.min(Math.max(coordinate, 0), count - 1);
  const nearest = Math.round(clamped);
  return Math.abs(clamped - nearest) < SNAP ? nearest : clamped;
}

/** Where a coordinate is sampled on an axis (by its number) of `count` voxels, or NaN. */
export type Place = (coordinate: number, count: number, axis: number) => number;

/** An axis that is sampled: how, and how many voxels it has. */
export interface SampledAxis {
  readonly interpolation: Interpolation;
  readonly count: number;
}

/** Voxels by their indices on an axis, and what each contributes to a sample. */
export interface Taps {
  readonly indices: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Writes the voxels and weights of a placed coordinate (a result of `placeOnAxis`) from `offset` on: one for nearest (halves go up), two for linear, four for the cubic B-spline (over coefficients, mirrored
 * about the outermost voxel centres).
 */
export function writeTaps(
  { interpolation, count }: SampledAxis,
  placed: number,
  { indices, weights }: Taps,
  offset: number,
): void {
  if (interpolation === "nearest") {
    indices[offset] = Math.floor(placed + 0.5);
    weights[offset] = 1;
    return;
  }
  const floor = Math.floor(placed);
  const t = placed - floor;
  if (interpolation === "linear") {
    indices[offset] = floor;
    indices[offset + 1] = Math.min(floor + 1, count - 1);
    weights[offset] = 1 - t;
    weights[offset + 1] = t;
    return;
  }
  for (let tap = 0; tap < 4; tap++) indices[offset + tap] = mirror(floor + tap - 1, count);
  const u = 1 - t;
  weights[offset] = (u * u * u) / 6;
  weights[offset + 1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  weights[offset + 2] = (4 - 6 * u * u + 3 * u * u * u) / 6;
  weights[offset + 3] = (t * t * t) / 6;
}

function mirror(index: number, count: number): number {
  if (count === 1) return 0;
  const period = 2 * (count - 1);
  const folded = Math.abs(index) % period;
  return folded < count ? folded : period - folded;
}
