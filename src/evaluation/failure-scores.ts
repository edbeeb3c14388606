/**
 * How well a score tells failed segmentations from good ones. A higher score means less trust; quality is a Dice
 * coefficient, risk one minus it.
 */

/** Coverage (share of images kept) and risk (mean of 1 - Dice over those kept), the most trusted image first. */
export type RiskCoverageCurve = readonly (readonly [coverage: number, risk: number])[];

/**
 * Y. Geifman and R. El-Yaniv, "Selective Classification for Deep Neural Networks", NeurIPS 2017. Images of equal score count
 * as a draw of lots between them would on average.
 *
 * @returns one point an image; none without an image
 */
export function riskCoverageCurve(
  scores: ArrayLike<number>,
  qualities: ArrayLike<number>,
): RiskCoverageCurve {
  const risks = expectedRisks(scores, qualities);
  let sum = 0;
  return risks.map((risk, at): [number, number] => {
    sum += risk;
    return [(at + 1) / risks.length, sum / (at + 1)];
  });
}

/** Risks from the most trusted image down; those of equal score are replaced by their mean. */
function expectedRisks(scores: ArrayLike<number>, qualities: ArrayLike<number>): number[] {
  const images = Array.from(scores, (score, at) => ({ score, risk: 1 - qualities[at]! }));
  images.sort((a, b) => a.score - b.score);
  const risks: number[] = [];
  for (let from = 0; from < images.length; ) {
    let to = from;
    let sum = 0;
    while (to < images.length && images[to]!.score === images[from]!.score) sum += images[to++]!.risk;
    for (let at = from; at < to; at++) risks.push(sum / (to - from));
    from = to;
  }
  return risks;
}

/** Area under the curve: its mean risk over all coverages, 0 to 1, smaller is better; NaN without an image. */
export const areaUnder = (curve: RiskCoverageCurve): number =>
  curve.reduce((sum, [, risk]) => sum + risk, 0) / curve.length;

/**
 * The area above that of the best order there is, which trusts images by their quality: Geifman et al., "Bias-Reduced
 * Uncertainty Estimation for Deep Neural Classifiers", ICLR 2019. 0 for that order.
 */
export function excessArea(scores: ArrayLike<number>, qualities: ArrayLike<number>): number {
  const best = riskCoverageCurve(
    Array.from(qualities, (quality) => -quality),
    qualities,
  );
  // Rounding must not make a perfect order better than itself.
  return Math.max(0, areaUnder(riskCoverageCurve(scores, qualities)) - areaUnder(best));
}

export interface ScoredImages {
  readonly scores: ArrayLike<number>;
  readonly qualities: ArrayLike<number>;
}

/**
 * Vasiliuk et al., "Redesigning Out-of-Distribution Detection on 3D Medical Images", 2023: how much quality is lost, on
 * average over the foreign images, by those that pass where 95 % of the usual images pass. A foreign image that is
 * segmented as well as usual ones costs nothing.
 *
 * @returns in units of quality, negative where foreign images are segmented better; NaN when either set is empty
 */
export function expectedPerformanceDrop(usual: ScoredImages, foreign: ScoredImages): number {
  const sorted = Float64Array.from(usual.scores).sort();
  const threshold = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.NaN;
  const expected = mean(Array.from(usual.qualities));
  return mean(
    Array.from(foreign.scores, (score, at) => (score > threshold ? 0 : expected - foreign.qualities[at]!)),
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
