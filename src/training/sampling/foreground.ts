/** Where a case's organs are: voxels that patches can be centred on. */
import { type CaseName, caseKey, UserError } from "../../base/index.js";

/** Voxels kept for one organ: enough that the choice looks uniform, few enough that huge organs cost nothing. */
export const VOXELS_KEPT = 16384;

/** For each organ present in a case, indices into its target (first axis fastest), spread evenly over the organ. */
export type Foreground = readonly Uint32Array[];

/**
 * @param one the case and its organs; value n of the target is the n-th of them
 * @throws UserError where the target holds a value that no organ of the case has
 */
export function findForeground(
  one: CaseName & { readonly organs: readonly string[] },
  target: Uint8Array,
): Foreground {
  const { organs } = one;
  const counts = new Float64Array(256);
  for (let voxel = 0; voxel < target.length; voxel++) counts[target[voxel]!]!++;
  const unknown = counts.findLastIndex((count) => count > 0);
  if (unknown > organs.length) {
    throw new UserError({
      subject: `target of case ${caseKey(one)}`,
      found: `value ${unknown}`,
      expected: `at most ${organs.length} (${organs.join(", ")})`,
      advice: "Prepare the case again with the organs that its dataset names.",
    });
  }
  const kept = Array.from(counts, (count, value) =>
    value === 0 || count === 0 ? undefined : new Uint32Array(Math.min(count, VOXELS_KEPT)),
  );
  const seen = new Float64Array(256);
  const filled = new Uint32Array(256);
  for (let voxel = 0; voxel < target.length; voxel++) {
    const value = target[voxel]!;
    const list = kept[value];
    if (list === undefined) continue;
    // The t-th kept voxel is the first whose rank reaches t * count / kept: the same spacing all over the organ.
    const next = filled[value]!;
    if (seen[value]! * list.length >= next * counts[value]!) {
      list[next] = voxel;
      filled[value] = next + 1;
    }
    seen[value]!++;
  }
  return kept.filter((list) => list !== undefined);
}
