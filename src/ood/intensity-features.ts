/**
 * The histogram of an image's intensities as a feature vector.
 *
 * D. Frolova et al., "Solving Sample-Level Out-of-Distribution Detection on 3D Medical Images", arXiv 2212.06506, and
 * A. Vasiliuk et al., "Limitations of Out-of-Distribution Detection in 3D Medical Image Segmentation", J. Imaging 2023,
 * who find such histograms as good as or better than what networks offer.
 */
import { percentilesOf, type Volume, voxelCount } from "../volume/index.js";

/** Bins over the range; one more on either side holds what lies beyond it. */
const BINS = 64;

/** Percentiles between which the bins lie. */
const RANGE = [0.5, 99.5] as const;

/** Numbers that `intensityFeatures` gives for each channel. */
export const INTENSITY_FEATURES = BINS + 2;

/**
 * Shares of voxels in 64 equal bins between the image's own 0.5th and 99.5th percentile, and in the two tails: the
 * histogram's shape, whatever the intensities' units.
 *
 * @param image the prepared image
 * @returns `INTENSITY_FEATURES` numbers a channel (lower tail, bins from dark to bright, upper tail), sum 1 a channel
 */
export function intensityFeatures(image: Volume<Float32Array>): Float64Array {
  const voxels = voxelCount(image.shape);
  const features = new Float64Array(image.channels * INTENSITY_FEATURES);
  for (let channel = 0; channel < image.channels; channel++) {
    const from = channel * INTENSITY_FEATURES;
    addHistogram(
      image.data.subarray(channel * voxels, (channel + 1) * voxels),
      features.subarray(from, from + INTENSITY_FEATURES),
    );
  }
  return features;
}

function addHistogram(values: Float32Array, histogram: Float64Array): void {
  const [low, high] = percentilesOf(values, RANGE) as [number, number];
  const width = (high - low) / BINS || 1;
  for (const value of values) {
    const bin =
      value < low ? 0 : value > high ? BINS + 1 : 1 + Math.min(BINS - 1, Math.floor((value - low) / width));
    histogram[bin]! += 1 / values.length;
  }
}
