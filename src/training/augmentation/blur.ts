/** Gaussian blur, the same width along every axis, borders repeated. */
import { z } from "zod";
import { bandedFilter, filterAlong, type LineFilter } from "./line-filter.js";
import { happens, type IntensityTransform, probability, range } from "./transform.js";

const schema = z
  .strictObject({
    probability: probability.default(0.15),
    sigma: range(0, 10).default([0.5, 1]).meta({
      description: "lowest and highest standard deviation of the Gaussian",
      unit: "voxels",
      change: "up where some scanners are much less sharp",
    }),
  })
  .describe("blurs the patch");

export interface BlurParameters {
  readonly sigma: number;
}

export const blur: IntensityTransform<typeof schema, BlurParameters> = {
  schema,
  draw(settings, random) {
    return happens(settings, random) ? { sigma: random.between(...settings.sigma) } : undefined;
  },
  apply(voxels, { sigma }, shape) {
    if (sigma === 0) return;
    for (const axis of [0, 1, 2] as const)
      filterAlong(voxels, shape, axis, gaussianFilter(sigma, shape[axis]));
  },
};

/** Gaussian of `sigma` voxels along a line of `voxels`, cut at three standard deviations, borders repeated. */
export function gaussianFilter(sigma: number, voxels: number): LineFilter {
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, n) =>
    Math.exp(-((n - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const matrix = new Float64Array(voxels * voxels);
  for (let row = 0; row < voxels; row++) {
    kernel.forEach((value, n) => {
      const column = Math.min(voxels - 1, Math.max(0, row + n - radius));
      matrix[row * voxels + column]! += value / total;
    });
  }
  return bandedFilter(matrix, voxels);
}
