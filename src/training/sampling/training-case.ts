/** What sampling needs to know of a case, and the checks that every set of cases passes before patches are cut. */
import { caseKey, UserError } from "../../base/index.js";
import type { PreparedCase } from "../../dataset/index.js";

/** A prepared case without its voxels; plain data, so that it can be handed to a thread. */
export type TrainingCase = Pick<PreparedCase, "dataset" | "id" | "organs" | "grid" | "channels" | "entry">;

/**
 * Channels that all cases share.
 *
 * @throws UserError where there is no case, or channels differ between cases
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
    if (one.channels !== first.channels) {
      throw new UserError({
        subject: `case ${caseKey(one)}`,
        found: `${one.channels} image channels`,
        expected: `${first.channels}, as in ${caseKey(first)}`,
        advice: "One network takes one number of channels: choose the same channels of every dataset.",
      });
    }
  }
  return first.channels;
}
