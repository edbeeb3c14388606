/**
 * Distances to different datasets on one scale.
 *
 * Images of one dataset may be alike (hippocampus) and those of another differ widely (tumours). A distance that is usual among
 * the latter is strange beside the former: with one scale for all, the widest dataset sets everybody's threshold. Each distance is
 * therefore judged by the spread of the dataset that it is to. A few images say little of their dataset's spread, so that it is
 * drawn towards the spread of all images.
 */
import type { Standardisation } from "./nearest.js";

/** The spread of a dataset, by which distances to it are judged. */
export interface DatasetScale extends Standardisation {
  readonly dataset: string;
}

/** The spread of all images counts as much as this many subjects of a dataset. */
const PRIOR_SUBJECTS = 4;

/** Of fewer subjects nobody can tell how far apart they usually are. */
const FEWEST_SUBJECTS_OF_DATASET = 3;

/**
 * A dataset's own mean and deviation, drawn towards those of all images: by 4 / (subjects + 4); wholly where the dataset has
 * fewer than three subjects.
 *
 * @param own asked for where there are enough subjects
 */
export function shrunkenScale(
  own: () => Standardisation,
  subjects: number,
  all: Standardisation,
): Standardisation {
  if (subjects < FEWEST_SUBJECTS_OF_DATASET) return { mean: all.mean, deviation: all.deviation };
  const { mean, deviation } = own();
  const weight = subjects / (subjects + PRIOR_SUBJECTS);
  const mixed = (ownValue: number, value: number): number => weight * ownValue + (1 - weight) * value;
  return { mean: mixed(mean, all.mean), deviation: mixed(deviation, all.deviation) };
}

/** What a distance stands for. */
export const standardised = (distance: number, { mean, deviation }: Standardisation): number =>
  (distance - mean) / deviation;
