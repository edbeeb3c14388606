/** What sampling needs to know of a case, and the checks that every set of cases passes before patches are cut. */
import { caseKey, UserError } from "../../base/index.js";
import type { Volume } from "../../volume/index.js";

/** A prepared image with its labels; `PreparedCase` of the dataset folder is one. */
export interface TrainingCase {
  readonly id: string;
  readonly dataset: string;
  /** Prepared (RAS, normalised) voxels, one or more channels. */
  readonly image: Volume<Float32Array>;
  /** Organ of every voxel on the image's grid: 0 background, otherwise one more than the index in `organs`. */
  readonly target: Uint8Array;
  /** The organs that the dataset annotates, in the order of the target's values. */
  readonly organs: readonly string[];
}

/** The name of a case among all datasets. */
/**
 * Channels that all cases share.
 *
 * @throws UserError where there is no case, a case's arrays do not fit its grid, or channels differ between cases
 */
export function checkCases(cases: readonly TrainingCase[]): number {
  const first = cases[0];
  if (first === undefined) {
    throw new UserError({
      subject: "training cases",
      found: "none",
      expected: "at least one case",
      advice: "Check the datasets' folders and the split.",
    });
  }
  for (const one of cases) {
    const { shape, channels, data } = one.image;
    const voxels = shape[0] * shape[1] * shape[2];
    if (voxels === 0 || data.length !== voxels * channels || one.target.length !== voxels) {
      throw new UserError({
        subject: `case ${caseKey(one)}`,
        found: `${data.length} image voxels and ${one.target.length} label voxels`,
        expected: `${voxels * channels} and ${voxels} for a grid of ${shape.join(" x ")} with ${channels} channels`,
        advice: "Prepare the case again.",
      });
    }
    if (channels !== first.image.channels) {
      throw new UserError({
        subject: `case ${caseKey(one)}`,
        found: `${channels} image channels`,
        expected: `${first.image.channels}, as in ${caseKey(first)}`,
        advice: "One network takes one number of channels: choose the same channels of every dataset.",
      });
    }
  }
  return first.image.channels;
}
