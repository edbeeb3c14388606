/** Mean, standard deviation (of the population) and range of a patch's intensities. */
export function moments(voxels: Float32Array): {
  mean: number;
  deviation: number;
  low: number;
  high: number;
} {
  let sum = 0;
  let squares = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < voxels.length; n++) {
    const value = voxels[n]!;
    sum += value;
    squares += value * value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const mean = sum / voxels.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / voxels.length - mean * mean)), low, high };
}
