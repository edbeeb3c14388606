/**
 * How large something is, as far as its voxels' probabilities tell.
 *
 * The sum of the probabilities is the expected volume, whatever hangs together with what. Its spread is another matter: voxels
 * that are in doubt together are right or wrong together, and nobody knows how much. So the worst is taken: that all doubt is
 * one and the same, as if the boundary moved in and out as a whole. A volume is then a level set of the map, and the range from
 * the 5 % to the 95 % quantile reaches from the voxels that are more probable than 0.95 to those that are more probable than
 * 0.05. Of all ways in which the same voxels could hang together this has the largest variance (comonotone sums are largest in
 * convex order: J. Dhaene, M. Denuit, M. J. Goovaerts, R. Kaas, D. Vyncke, "The concept of comonotonicity in actuarial science
 * and finance: theory", Insurance: Mathematics and Economics 31, 2002).
 *
 * It is as honest as the probabilities are, and says nothing of an image that is foreign to the network.
 */

/** Part of the ranges that hold the true volume, where the probabilities are honest and all voxels err together. */
export const VOLUME_RANGE_COVERAGE = 0.9;

const MARGIN = (1 - VOLUME_RANGE_COVERAGE) / 2;

/** Numbers of voxels; not whole ones for `expected`. Always `low <= high`, and 0 to the number of voxels seen. */
export interface VolumeRange {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
}

/** Counts over voxels that come in any order and number, a channel at a time. */
export class VolumeRangeCounter {
  private low = 0;
  private expected = 0;
  private high = 0;

  /** @param probabilities of further voxels, calibrated, 0 to 1 */
  add(probabilities: Float32Array): void {
    let [low, sum, high] = [0, 0, 0];
    for (const probability of probabilities) {
      sum += probability;
      if (probability > MARGIN) {
        high++;
        if (probability > 1 - MARGIN) low++;
      }
    }
    this.low += low;
    this.expected += sum;
    this.high += high;
  }

  range(): VolumeRange {
    return { low: this.low, expected: this.expected, high: this.high };
  }
}
