import { equalMassError } from "./equal-mass.js";
import {
  type Confidence,
  type Forecast,
  forEachRun,
  type Part,
  partSize,
  refuseProbability,
} from "./voxels.js";

/** Equal-width (and equal-mass) bins, as in most of the literature. */
export const DEFAULT_BINS = 15;

/**
 * Probabilities are kept this far from 0 and 1 where a logarithm is taken: about the resolution of float32 below 1, so that one
 * voxel that is wrong with a saturated sigmoid costs 16.1 nats and not infinity.
 */
export const PROBABILITY_EPSILON = 1e-7;

/** Fine bins for adaptive ECE over many volumes. */
const FINE_BINS = 65536;

/** How calibration is measured. */
export interface CalibrationOptions {
  /** Default 15. */
  readonly bins?: number;
  /** Default `foreground`. */
  readonly confidence?: Confidence;
}

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences from `low` (inclusive) to `high` (exclusive, but for the last bin). */
  readonly low: number;
  readonly high: number;
  /** Mean confidence in the bin; null when it is empty. */
  readonly confidence: number | null;
  /** Share of the bin's voxels where the event took place; null when it is empty. */
  readonly frequency: number | null;
  /** Voxels, unweighted. */
  readonly count: number;
}

/** Figures of calibration. All are NaN when there was no voxel. */
export interface CalibrationErrors {
  /** Expected calibration error: the mean over voxels of their equal-width bin's |confidence - frequency|. 0 to 1. */
  readonly ece: number;
  /** The same over bins of equal mass (see `equalMassError`). 0 to 1. */
  readonly adaptiveEce: number;
  /**
   * Average calibration error: the mean over equal-width bins that are not empty of |confidence - frequency|, each bin
   * counting the same however few its voxels (Neumann et al. 2018). 0 to 1.
   */
  readonly ace: number;
  /** Maximum calibration error: the largest gap of any bin that is not empty, however few its voxels. 0 to 1. */
  readonly mce: number;
  /** Brier score: mean (p - y)², p the foreground probability whatever the confidence. 0 to 1. */
  readonly brier: number;
  /** Negative log-likelihood of the foreground probabilities, nats a voxel, p clipped to [1e-7, 1 - 1e-7]. */
  readonly nll: number;
}

/** What an accumulator has measured. */
export interface Calibration extends CalibrationErrors {
  /** Voxels measured, unweighted. */
  readonly voxels: number;
  readonly diagram: readonly ReliabilityBin[];
}

/**
 * Measures calibration over one volume, or over the pooled voxels of many, in bounded memory (some 2 MB). The error of pooled
 * voxels is another number than the mean of the volumes' errors, which is what reports call ECE, Brier score and so on.
 *
 * ECE, MCE, Brier score, NLL and the diagram are exact. Adaptive ECE takes sorting; here voxels are sorted into 65536 fine
 * bins, equally wide in the arcsine of the square root of confidence (2.4e-5 in the middle, 6e-10 at the ends, where voxels
 * crowd), which agrees within 1e-4. The function `adaptiveEce` sorts one volume exactly.
 */
export class ReliabilityAccumulator {
  private readonly bins: number;
  private readonly folded: boolean;
  /** Per bin: voxels, their weight, and the weighted sums of their confidences and outcomes. */
  private readonly counts: Float64Array;
  private readonly mass: Float64Array;
  private readonly confidence: Float64Array;
  private readonly outcome: Float64Array;
  private readonly fine = {
    length: FINE_BINS,
    mass: new Float64Array(FINE_BINS),
    confidence: new Float64Array(FINE_BINS),
    outcome: new Float64Array(FINE_BINS),
  };
  private brier = 0;
  private nll = 0;

  /** @throws RangeError when `bins` is not a positive whole number */
  constructor(options: CalibrationOptions = {}) {
    this.bins = checkBins(options.bins);
    this.folded = options.confidence === "max-class";
    this.counts = new Float64Array(this.bins);
    this.mass = new Float64Array(this.bins);
    this.confidence = new Float64Array(this.bins);
    this.outcome = new Float64Array(this.bins);
  }

  /**
   * Adds one channel of one volume, or a part of it.
   *
   * @param options.part the box to measure in; default everything
   * @param options.weight what the voxels added here weigh together, so that 1 lets every volume count the same; default
   *   their number, so that every voxel does
   * @throws RangeError when lengths do not match, or a probability is not in [0, 1]
   */
  add(forecast: Forecast, options: { part?: Part; weight?: number } = {}): void {
    const { probabilities, reference } = forecast;
    const { bins, folded, counts, mass, confidence, outcome, fine } = this;
    const size = partSize(probabilities.length, options.part);
    const weight = voxelWeight(size, options.weight);
    const perRadian = (2 * FINE_BINS) / Math.PI;
    forEachRun(probabilities, reference, options.part, (start, end) => {
      let brier = 0;
      let nll = 0;
      for (let at = start; at < end; at++) {
        const p = probabilities[at]!;
        if (!(p >= 0 && p <= 1)) refuseProbability(p);
        const foreground = reference[at] ? 1 : 0;
        brier += (p - foreground) * (p - foreground);
        nll -= Math.log(clip(foreground ? p : 1 - p));
        const flip = folded && p < 0.5;
        const c = flip ? 1 - p : p;
        const event = flip ? 1 - foreground : foreground;
        const bin = Math.min(bins - 1, Math.floor(c * bins));
        counts[bin] = counts[bin]! + 1;
        mass[bin] = mass[bin]! + weight;
        confidence[bin] = confidence[bin]! + weight * c;
        outcome[bin] = outcome[bin]! + weight * event;
        const narrow = Math.min(FINE_BINS - 1, Math.floor(Math.asin(Math.sqrt(c)) * perRadian));
        fine.mass[narrow] = fine.mass[narrow]! + weight;
        fine.confidence[narrow] = fine.confidence[narrow]! + weight * c;
        fine.outcome[narrow] = fine.outcome[narrow]! + weight * event;
      }
      this.brier += weight * brier;
      this.nll += weight * nll;
    });
  }

  /**
   * Adds what another accumulator, over other volumes, has seen.
   *
   * @throws RangeError when the two measure in different ways
   */
  merge(other: ReliabilityAccumulator): void {
    if (other.bins !== this.bins || other.folded !== this.folded) {
      throw new RangeError("accumulators with different bins or confidences cannot be merged");
    }
    const pairs: [Float64Array, Float64Array][] = [
      [this.counts, other.counts],
      [this.mass, other.mass],
      [this.confidence, other.confidence],
      [this.outcome, other.outcome],
      [this.fine.mass, other.fine.mass],
      [this.fine.confidence, other.fine.confidence],
      [this.fine.outcome, other.fine.outcome],
    ];
    for (const [mine, its] of pairs) for (let at = 0; at < mine.length; at++) mine[at] = mine[at]! + its[at]!;
    this.brier += other.brier;
    this.nll += other.nll;
  }

  /** The figures so far; more may be added afterwards. */
  result(): Calibration {
    let total = 0;
    let voxels = 0;
    let gaps = 0;
    let worst = Number.NaN;
    let filled = 0;
    let binGaps = 0;
    const diagram: ReliabilityBin[] = [];
    for (let bin = 0; bin < this.bins; bin++) {
      const mass = this.mass[bin]!;
      const empty = mass === 0;
      const gap = Math.abs(this.confidence[bin]! - this.outcome[bin]!);
      total += mass;
      voxels += this.counts[bin]!;
      gaps += gap;
      if (!empty) {
        filled++;
        binGaps += gap / mass;
        worst = Number.isNaN(worst) ? gap / mass : Math.max(worst, gap / mass);
      }
      diagram.push({
        low: bin / this.bins,
        high: (bin + 1) / this.bins,
        confidence: empty ? null : this.confidence[bin]! / mass,
        frequency: empty ? null : this.outcome[bin]! / mass,
        count: this.counts[bin]!,
      });
    }
    return {
      voxels,
      // Sums in different orders may exceed one another by a rounding error.
      ece: Math.min(1, gaps / total),
      adaptiveEce: equalMassError(this.fine, this.bins),
      ace: filled === 0 ? Number.NaN : Math.min(1, binGaps / filled),
      mce: Math.min(1, worst),
      brier: Math.min(1, this.brier / total),
      nll: this.nll / total,
      diagram,
    };
  }
}

/** What each of `size` voxels weighs when together they weigh `weight`. */
export function voxelWeight(size: number, weight: number | undefined): number {
  if (weight === undefined || size === 0) return 1;
  if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`a weight is a positive number, not ${weight}`);
  }
  return weight / size;
}

/** @throws RangeError when `bins` is not a positive whole number */
export function checkBins(bins: number = DEFAULT_BINS): number {
  if (!(Number.isSafeInteger(bins) && bins > 0)) throw new RangeError(`${bins} is no number of bins`);
  return bins;
}

/** A probability kept away from 0 and 1, by `PROBABILITY_EPSILON`. */
export function clip(probability: number): number {
  return Math.min(1 - PROBABILITY_EPSILON, Math.max(PROBABILITY_EPSILON, probability));
}
