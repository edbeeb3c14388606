import { normalUpperTail } from "./distributions.js";
import { type Alternative, differencesOf } from "./pairs.js";

/** Up to so many pairs the exact distribution is used by itself, */
const EXACT_PAIRS = 50;
/** and where differences are tied or zero, up to so many. Both as SciPy. */
const EXACT_TIED_PAIRS = 13;

/** The exact distribution takes time with the cube of the pairs: seconds for so many. */
const MOST_EXACT_PAIRS = 1000;

/** How the signed-rank test is done. */
export interface WilcoxonOptions {
  /** Default two-sided. */
  readonly alternative?: Alternative;
  /** Differences of 0: left out (`wilcox`, the default), or ranked and then left out (`pratt`). */
  readonly zeros?: "wilcox" | "pratt";
  /**
   * `exact`, `approximate` (normal, corrected for ties), or `auto`, the default: exact up to 50 pairs, up to 13 where there are
   * ties or zeros.
   */
  readonly method?: "auto" | "exact" | "approximate";
}

/** Outcome of a Wilcoxon signed-rank test. */
export interface WilcoxonResult {
  /** Sum of the ranks of the positive differences; two-sided, the smaller of that and the sum for the negative ones. */
  readonly statistic: number;
  readonly pValue: number;
  /** What the p-value comes from. */
  readonly method: "exact" | "approximate";
  /** Pairs that differ. */
  readonly pairs: number;
}

/**
 * Wilcoxon's signed-rank test of paired samples: do the differences a - b lie symmetrically about 0?
 *
 * Matches `scipy.stats.wilcoxon` (`correction=False`) for `auto` and `approximate`. `exact` here is the distribution of the
 * statistic over all 2^n signs of the ranks as they are, tied or not; SciPy's `exact` pretends there are no ties. When no pair
 * differs, p = 1.
 *
 * @throws RangeError when the samples differ in length, are empty, hold a value that is not finite, or are more than 1000
 *   pairs with the method `exact`
 */
export function wilcoxonSignedRank(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: WilcoxonOptions = {},
): WilcoxonResult {
  const { alternative = "two-sided", zeros = "wilcox", method = "auto" } = options;
  const differences = differencesOf(a, b);
  if (differences.length === 0) throw new RangeError("a signed-rank test needs at least one pair");
  const { ranks, zeroCount, ties } = signedRanks(differences, zeros);
  const positive = ranks.reduce((sum, rank) => sum + Math.max(0, rank), 0);
  const negative = ranks.reduce((sum, rank) => sum + Math.max(0, -rank), 0);

  const irregular = zeroCount > 0 || ties.some((size) => size > 1);
  const most = irregular ? EXACT_TIED_PAIRS : EXACT_PAIRS;
  const exact = method === "exact" || (method === "auto" && differences.length <= most);
  if (exact && ranks.length > MOST_EXACT_PAIRS) {
    throw new RangeError(`${ranks.length} pairs are too many for the exact test: use "approximate"`);
  }
  let pValue = 1;
  if (ranks.length > 0) {
    pValue = exact
      ? exactPValue(ranks, positive, alternative)
      : approximatePValue(positive, { ranked: ranks.length, zeroCount, zeros, ties }, alternative);
  }
  return {
    statistic: alternative === "two-sided" ? Math.min(positive, negative) : positive,
    pValue,
    method: exact ? "exact" : "approximate",
    pairs: ranks.length,
  };
}

/** Ranks of the absolute differences other than 0, mid-ranks where tied, with the sign of the difference. */
function signedRanks(differences: readonly number[], zeros: "wilcox" | "pratt") {
  const ordered = differences.filter((difference) => difference !== 0);
  ordered.sort((a, b) => Math.abs(a) - Math.abs(b));
  const zeroCount = differences.length - ordered.length;
  const first = zeros === "pratt" ? zeroCount : 0;
  const ranks: number[] = [];
  const ties: number[] = [];
  for (let at = 0; at < ordered.length; ) {
    const size = Math.abs(ordered[at]!);
    let end = at + 1;
    while (end < ordered.length && Math.abs(ordered[end]!) === size) end++;
    const rank = first + (at + 1 + end) / 2;
    for (let tied = at; tied < end; tied++) ranks.push(Math.sign(ordered[tied]!) * rank);
    ties.push(end - at);
    at = end;
  }
  return { ranks, zeroCount, ties };
}

/** From the distribution of the positive sum over all signs. Ranks are doubled: mid-ranks become whole numbers. */
function exactPValue(ranks: readonly number[], positive: number, alternative: Alternative): number {
  const doubled = ranks.map((rank) => Math.round(2 * Math.abs(rank)));
  const highest = doubled.reduce((sum, rank) => sum + rank, 0);
  const chance = new Float64Array(highest + 1);
  chance[0] = 1;
  let reach = 0;
  for (const rank of doubled) {
    reach += rank;
    // Downwards, so that each rank is used once.
    for (let sum = reach; sum >= 0; sum--) {
      chance[sum] = (chance[sum]! + (sum >= rank ? chance[sum - rank]! : 0)) / 2;
    }
  }
  const observed = Math.round(2 * positive);
  let less = 0;
  let greater = 0;
  for (let sum = 0; sum <= observed; sum++) less += chance[sum]!;
  for (let sum = highest; sum >= observed; sum--) greater += chance[sum]!;
  if (alternative === "less") return Math.min(1, less);
  if (alternative === "greater") return Math.min(1, greater);
  return Math.min(1, 2 * Math.min(less, greater));
}

function approximatePValue(
  positive: number,
  sample: { ranked: number; zeroCount: number; zeros: "wilcox" | "pratt"; ties: readonly number[] },
  alternative: Alternative,
): number {
  // Pratt's ranks run over the zeros too, whose share of the moments is then taken off (Cureton, JASA 1967).
  const zeros = sample.zeros === "pratt" ? sample.zeroCount : 0;
  const all = sample.ranked + zeros;
  const mean = (all * (all + 1) - zeros * (zeros + 1)) / 4;
  const squares = all * (all + 1) * (2 * all + 1) - zeros * (zeros + 1) * (2 * zeros + 1);
  const tied = sample.ties.reduce((sum, size) => sum + size ** 3 - size, 0);
  const z = (positive - mean) / Math.sqrt((squares - tied / 2) / 24);
  if (alternative === "greater") return normalUpperTail(z);
  if (alternative === "less") return normalUpperTail(-z);
  return Math.min(1, 2 * normalUpperTail(Math.abs(z)));
}
