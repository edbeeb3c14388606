/** Voxels of (almost) one confidence: how much they weigh, the sums of their confidences and of their outcomes (0 or 1). */
export interface Groups {
  readonly length: number;
  readonly mass: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly outcome: ArrayLike<number>;
}

/**
 * Adaptive expected calibration error: the mean gap between confidence and frequency over bins of exactly equal mass.
 *
 * Groups come in rising order of confidence. One that reaches over a border is shared between bins in proportion, so the
 * order of voxels within it (most voxels of a saturated network tie at 0 or at 1) does not matter. Without ties, and
 * with voxels a multiple of the bins, this is the usual definition (Nguyen and O'Connor, EMNLP 2015).
 *
 * @returns 0 to 1; NaN without mass
 */
export function equalMassError(groups: Groups, bins: number): number {
  const { mass, confidence, outcome } = groups;
  let total = 0;
  for (let at = 0; at < groups.length; at++) total += mass[at]!;
  let gaps = 0;
  let gap = 0;
  let seen = 0;
  let border = 1;
  for (let at = 0; at < groups.length; at++) {
    const weight = mass[at]!;
    if (weight === 0) continue;
    const difference = confidence[at]! - outcome[at]!;
    let used = 0;
    // Borders are multiples, not running sums, so that rounding does not move them.
    for (
      let end = (border * total) / bins;
      border < bins && seen + weight >= end;
      end = (border * total) / bins
    ) {
      const share = Math.min(1, Math.max(used, (end - seen) / weight));
      gaps += Math.abs(gap + difference * (share - used));
      gap = 0;
      used = share;
      border++;
    }
    gap += difference * (1 - used);
    seen += weight;
  }
  return Math.min(1, (gaps + Math.abs(gap)) / total);
}
