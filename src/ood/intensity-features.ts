/**
 * The histogram of an image's intensities as a feature vector.
 *
 * D. Frolova et al., "Solving Sample-Level Out-of-Distribution Detection on 3D Medical Images", arXiv 2212.06506, and
 * A. Vasiliuk et al., "Limitations of Out-of-Distribution Detection in 3D Medical Image Segmentation", J. Imaging 2023,
 * who find such histograms as good as or better than what networks offer.
 */
import { percentilesOf, type Volume, voxelCount } from "../volume/index.js";

/** Bins over the middle of the range; one more on either side holds the tail. */
const BINS = 64;

/** The bins lie between this many robust standard deviations below and above the median. */
const REACH = 4;

/** A normal distribution has its 5th and 95th percentile this many standard deviations apart. */
const NORMAL_EXTENT = 3.2897;

/** Numbers that `intensityFeatures` gives for each channel. */
export const INTENSITY_FEATURES = BINS + 2;

/**
 * Shares of voxels by robust z-score: (x - median) / s, where s is the distance of the 5th and 95th percentiles as a
 * normal distribution's standard deviation. Percentiles rather than the median absolute deviation, which is zero in
 * every image that is half air. A voxel between two bins' centres counts in part to each, so that a small shift of
 * intensities is a small change of the features.
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
  const [low, middle, high] = percentilesOf(values, [5, 50, 95]) as [number, number, number];
  const deviation = (high - low) / NORMAL_EXTENT || deviationFrom(values, middle) || 1;
  const width = (2 * REACH) / BINS;
  const share = 1 / values.length;
  for (const value of values) {
    // Centre of bin b (from 1, after the tail) is at position b.
    const position = ((value - middle) / deviation + REACH) / width + 0.5;
    if (position < 0.5) histogram[0]! += share;
    else if (position >= BINS + 0.5) histogram[BINS + 1]! += share;
    else {
      const below = Math.min(BINS, Math.max(1, Math.floor(position)));
      const above = Math.min(BINS, below + 1);
      const part = Math.min(1, Math.max(0, position - below));
      histogram[below]! += share * (1 - part);
      histogram[above]! += share * part;
    }
  }
}

function deviationFrom(values: Float32Array, middle: number): number {
  let squares = 0;
  for (const value of values) squares += (value - middle) ** 2;
  return Math.sqrt(squares / values.length);
}
