/** The guard's model of roughness as it stands in guard.json. */
import { z } from "zod";
import { UserError } from "../base/index.js";
import { FEATURES_PER_AXIS } from "./roughness-features.js";
import type { RoughnessModel } from "./roughness-model.js";

/** Of 64 channels. */
const MOST_FEATURES = 3 * FEATURES_PER_AXIS * 64;

const row = z.array(z.number()).min(1).max(MOST_FEATURES);

export const roughnessSchema = z.strictObject({
  /** Of each feature: what is taken away, what the rest is divided by, and its range over the training images. */
  centre: row,
  deviation: z.array(z.number().positive()).min(1).max(MOST_FEATURES),
  least: row,
  most: row,
  /** Lower triangle of the covariance's Cholesky factor: row n has n numbers. */
  lower: z.array(row).min(1).max(MOST_FEATURES),
  datasets: z
    .array(
      z.strictObject({
        dataset: z.string().min(1).max(500),
        mean: z.number().min(0),
        deviation: z.number().positive(),
        centre: row,
      }),
    )
    .min(1)
    .max(1000),
});

export const writtenRoughness = ({
  scaling,
  least,
  most,
  lower,
  datasets,
}: RoughnessModel): z.infer<typeof roughnessSchema> => ({
  centre: [...scaling.centre],
  deviation: [...scaling.deviation],
  least: [...least],
  most: [...most],
  lower: lower.map((numbers, at) => numbers.slice(0, at + 1)),
  datasets: datasets.map(({ dataset, mean, deviation, centre }) => ({
    dataset,
    mean,
    deviation,
    centre: [...centre],
  })),
});

/** @throws UserError where lengths contradict each other, or the factor is that of no covariance */
export function roughnessModelOf(written: z.infer<typeof roughnessSchema>, name: string): RoughnessModel {
  const { centre, deviation, least, most, lower, datasets } = written;
  const features = centre.length;
  const lengths = [deviation, least, most, lower, ...datasets.map((dataset) => dataset.centre)];
  const suits =
    features % (3 * FEATURES_PER_AXIS) === 0 &&
    lengths.every(({ length }) => length === features) &&
    lower.every((numbers, at) => numbers.length === at + 1 && numbers[at]! > 0);
  if (!suits) {
    throw new UserError({
      subject: name,
      found: `${features} features, with numbers that do not go with them`,
      expected: "12 features a channel, a range for each, and the factor of a covariance",
      advice: "The file was changed by hand or damaged; fit the guard again.",
    });
  }
  const typed = (numbers: readonly number[]): Float64Array => Float64Array.from(numbers);
  return {
    scaling: { centre: typed(centre), deviation: typed(deviation) },
    least: typed(least),
    most: typed(most),
    lower: lower.map((numbers) => Array.from({ length: features }, (_, at) => numbers[at] ?? 0)),
    datasets: datasets.map((dataset) => ({ ...dataset, centre: typed(dataset.centre) })),
  };
}
