/**
 * How well a score tells foreign images from those like the training images.
 *
 * In all of these a foreign image is the positive class, and a higher score means more foreign.
 */

/** An image's verdicts at one threshold, over a set of images. */
export interface ThresholdScores {
  /** Share of all images that are judged rightly. */
  readonly accuracy: number;
  /** Share of the foreign images that are caught (true-positive rate); NaN without foreign images. */
  readonly sensitivity: number;
  /** Share of the other images that pass (1 - false-alarm rate); NaN without such images. */
  readonly specificity: number;
}

/**
 * Area under the ROC curve: the chance that a foreign image scores higher than another, ties counting a half
 * (Mann and Whitney's U). Matches `sklearn.metrics.roc_auc_score`.
 *
 * @param inside scores of images like the training images
 * @returns 0 to 1, 0.5 for a score that tells nothing; NaN when either set is empty
 * @throws RangeError when a score is NaN (as all functions here)
 */
export function auroc(inside: ArrayLike<number>, foreign: ArrayLike<number>): number {
  if (inside.length === 0 || foreign.length === 0) return Number.NaN;
  let pairs = 0;
  let above = 0;
  for (const step of steps(inside, foreign)) {
    pairs += step.inside * (above + step.foreign / 2);
    above += step.foreign;
  }
  return pairs / (inside.length * foreign.length);
}

/**
 * Area under the precision-recall curve, as average precision: the precision at each threshold, weighted by the recall gained
 * there, without interpolation. Matches `sklearn.metrics.average_precision_score`.
 *
 * @returns 0 to 1; for a score that tells nothing about the share of foreign images; NaN when either set is empty
 */
export function aupr(inside: ArrayLike<number>, foreign: ArrayLike<number>): number {
  if (inside.length === 0 || foreign.length === 0) return Number.NaN;
  let area = 0;
  let caught = 0;
  let flagged = 0;
  for (const step of steps(inside, foreign)) {
    caught += step.foreign;
    flagged += step.foreign + step.inside;
    area += step.foreign * (caught / flagged);
  }
  // Divided once at the end: a sum of rounded shares may exceed 1.
  return area / foreign.length;
}

/**
 * The least false-positive rate at which at least a share `rate` of the foreign images is caught: the share of other images
 * that score as high as the threshold which that takes.
 *
 * @param rate true-positive rate, above 0 to 1
 * @returns 0 to 1; NaN when either set is empty
 */
export function fprAtTpr(inside: ArrayLike<number>, foreign: ArrayLike<number>, rate: number): number {
  if (!(rate > 0 && rate <= 1))
    throw new RangeError(`a true-positive rate lies above 0 and up to 1, not ${rate}`);
  if (inside.length === 0 || foreign.length === 0) return Number.NaN;
  let caught = 0;
  let alarms = 0;
  for (const step of steps(inside, foreign)) {
    caught += step.foreign;
    alarms += step.inside;
    if (caught / foreign.length >= rate) break;
  }
  return alarms / inside.length;
}

/** False-positive rate at 95 % true-positive rate: see `fprAtTpr`. */
export function fprAt95Tpr(inside: ArrayLike<number>, foreign: ArrayLike<number>): number {
  return fprAtTpr(inside, foreign, 0.95);
}

/** Verdicts when images that score above `threshold` (not at it) are called foreign, as the guard does. */
export function scoresAtThreshold(
  inside: ArrayLike<number>,
  foreign: ArrayLike<number>,
  threshold: number,
): ThresholdScores {
  let caught = 0;
  let alarms = 0;
  for (const step of steps(inside, foreign)) {
    if (!(step.score > threshold)) break;
    caught += step.foreign;
    alarms += step.inside;
  }
  return {
    accuracy: (caught + inside.length - alarms) / (inside.length + foreign.length),
    sensitivity: caught / foreign.length,
    specificity: (inside.length - alarms) / inside.length,
  };
}

/** How many images of each kind have one score. */
interface Step {
  readonly score: number;
  inside: number;
  foreign: number;
}

/** All scores that occur, highest first. */
function steps(inside: ArrayLike<number>, foreign: ArrayLike<number>): Step[] {
  const byScore = new Map<number, Step>();
  const count = (scores: ArrayLike<number>, kind: "inside" | "foreign") => {
    for (let at = 0; at < scores.length; at++) {
      const score = scores[at]!;
      if (Number.isNaN(score)) throw new RangeError("a score is NaN");
      let step = byScore.get(score);
      if (!step) {
        step = { score, inside: 0, foreign: 0 };
        byScore.set(score, step);
      }
      step[kind]++;
    }
  };
  count(inside, "inside");
  count(foreign, "foreign");
  return [...byScore.values()].sort((a, b) => (a.score < b.score ? 1 : -1));
}
