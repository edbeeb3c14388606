/**
 * How rough an image is along each of its axes: what gives away slices that were thick, repeated or interpolated.
 *
 * Features of a network hardly change when resolution is lost along one axis only, because their statistics do not know
 * directions. Differences of neighbouring voxels do: along such an axis they are small beside those along the other axes,
 * grow with the distance as a straight line does, and come in steps from plane to plane.
 */
import { type Volume, voxelCount } from "../volume/index.js";

/** Numbers that `roughnessFeatures` gives for each axis of each channel. */
export const FEATURES_PER_AXIS = 4;

/** Which of them grows as resolution is lost: the second, 0 for white noise, log 2 for straight lines between samples. */
export const SMOOTHNESS = 1;

/** Added to means of absolute differences of a z-scored image, so that a flat image has finite logarithms. */
const FLOOR = 1e-3;

/**
 * For each channel and axis, with d_n the mean absolute difference of voxels n apart along it:
 *
 * 1. log of d_1 over the mean of d_1 along all axes: how rough this direction is beside the others;
 * 2. log of d_2 / d_1: 0 for white noise, log 2 where the image is a straight line between samples;
 * 3. log of d_4 / d_2: the same at twice the scale;
 * 4. log of the mean absolute change of d_1 from plane to plane, over d_1: high where planes are copies of each other, or
 *    interpolated between few. 0 where an axis is too short for a figure.
 *
 * The features do not depend on intensity units beyond the floor, but do on the grid: images must be prepared alike.
 *
 * @param image the prepared image
 * @returns 12 numbers a channel: the four of axis i, of j, of k
 */
export function roughnessFeatures(image: Volume<Float32Array>): Float64Array {
  const voxels = voxelCount(image.shape);
  const features: number[] = [];
  for (let channel = 0; channel < image.channels; channel++) {
    const values = image.data.subarray(channel * voxels, (channel + 1) * voxels);
    const profiles = ([0, 1, 2] as const).map((axis) =>
      [1, 2, 4].map((lag) => planeDifferences(values, image.shape, axis, lag)),
    );
    const defined = profiles.filter(([nearest]) => nearest!.length > 0);
    const overall = average(defined.map(([nearest]) => average(nearest!)));
    for (const [first, second, fourth] of profiles as [Float64Array, Float64Array, Float64Array][]) {
      features.push(
        logRatio(first, overall),
        logRatio(second, average(first)),
        logRatio(fourth, average(second)),
        logRatio(changes(first), average(first)),
      );
    }
  }
  return Float64Array.from(features);
}

/** Numbers that `roughnessFeatures` gives for an image of so many channels. */
export const roughnessFeatureCount = (channels: number): number => 3 * FEATURES_PER_AXIS * channels;

/** Mean absolute difference of each plane across `axis` to the plane `lag` further on; none where the axis is too short. */
function planeDifferences(
  values: Float32Array,
  [ni, nj, nk]: readonly [number, number, number],
  axis: 0 | 1 | 2,
  lag: number,
): Float64Array {
  const count = [ni, nj, nk][axis]!;
  const sums = new Float64Array(Math.max(0, count - lag));
  if (sums.length === 0) return sums;
  const step = lag * [1, ni, ni * nj][axis]!;
  let at = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, at++) {
        const plane = axis === 0 ? i : axis === 1 ? j : k;
        if (plane < sums.length) sums[plane]! += Math.abs(values[at + step]! - values[at]!);
      }
    }
  }
  const area = values.length / count;
  return sums.map((sum) => sum / area);
}

const changes = (profile: Float64Array): Float64Array =>
  profile.subarray(1).map((value, plane) => Math.abs(value - profile[plane]!));

const average = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return values.length === 0 ? 0 : sum / values.length;
};

const logRatio = (values: Float64Array, to: number): number =>
  values.length === 0 ? 0 : Math.log((average(values) + FLOOR) / (to + FLOOR));
