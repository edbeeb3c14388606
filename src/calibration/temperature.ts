import { voxelWeight } from "./reliability.js";
import { forEachRun, type Part, partSize } from "./voxels.js";

/** Temperatures are sought between these: beyond, all probabilities are 0.5, or all 0 or 1, for all practical purposes. */
export const LOWEST_TEMPERATURE = 0.05;
export const HIGHEST_TEMPERATURE = 20;

/**
 * Margins are kept in bins equally wide in their inverse hyperbolic sine, up to this on either side: 1.2e-4 wide near 0, 1.2e-4
 * of the margin further out. Beyond (some four millions) a sigmoid is saturated at every temperature sought.
 */
const LARGEST = 16;
const BINS = 262144;

/** Logits of one channel of one validation volume, and what was there. */
export interface LogitBatch {
  /** Finite, in the volume's voxel order. */
  readonly logits: Float32Array;
  /** Mask, non-zero where the foreground is, of the same length. */
  readonly reference: Uint8Array;
  /** Fit on this box only; default everything. */
  readonly part?: Part;
  /**
   * What the batch's voxels weigh together: 1 makes every volume count the same, 1 / (volumes of its dataset) every dataset.
   * Default their number, so that every voxel counts the same.
   */
  readonly weight?: number;
}

/** The temperature for `sigmoid(logit / temperature)`, and what it does to the data it was fitted on. */
export interface TemperatureFit {
  /** Above 1 where the network was too sure, below where it was too modest. */
  readonly temperature: number;
  /** Negative log-likelihood at temperature 1, nats a voxel (weighted mean). */
  readonly nllBefore: number;
  /** The same at `temperature`; never larger. */
  readonly nllAfter: number;
  /**
   * Set when the best temperature is a bound: `lowest` where every voxel is right and more confidence is always better,
   * `highest` where the logits tell nothing, or the opposite of the truth. Null otherwise.
   */
  readonly atBound: "lowest" | "highest" | null;
}

/**
 * Fits the temperature by maximum likelihood (Guo et al., ICML 2017), over batches that are seen once, one at a time.
 *
 * The loss of a voxel depends on its margin alone (the logit, or minus the logit in the background) and is convex in
 * 1 / temperature, thus unimodal in its logarithm. Margins are kept as a fine histogram of 262144 bins with their means
 * (4 MB), whatever the number of voxels, none left out; this changes the loss by at most `1e-9 (1 + 1 / temperature²)` nats,
 * and its minimum is found by Newton's method within a bracket, to rounding error. The temperature is that of all voxels to
 * one part in a million.
 */
export class TemperatureFitter {
  private readonly mass = new Float64Array(BINS);
  private readonly margins = new Float64Array(BINS);

  /** @throws RangeError when lengths do not match, a logit is not finite or a weight not positive */
  add(batch: LogitBatch): void {
    const { logits, reference, part } = batch;
    const { mass, margins } = this;
    const weight = voxelWeight(partSize(logits.length, part), batch.weight);
    const perUnit = BINS / (2 * LARGEST);
    forEachRun(logits, reference, part, (start, end) => {
      for (let at = start; at < end; at++) {
        const logit = logits[at]!;
        if (!Number.isFinite(logit)) throw new RangeError(`logit ${logit} at voxel ${at} is not a number`);
        const margin = reference[at] ? logit : -logit;
        const bin = Math.min(BINS - 1, Math.max(0, Math.floor((Math.asinh(margin) + LARGEST) * perUnit)));
        mass[bin] = mass[bin]! + weight;
        margins[bin] = margins[bin]! + weight * margin;
      }
    });
  }

  /** Adds what another fitter has seen. */
  merge(other: TemperatureFitter): void {
    for (let bin = 0; bin < BINS; bin++) {
      this.mass[bin] = this.mass[bin]! + other.mass[bin]!;
      this.margins[bin] = this.margins[bin]! + other.margins[bin]!;
    }
  }

  /**
   * Negative log-likelihood at each of the temperatures, nats a voxel (weighted mean).
   *
   * @throws RangeError when nothing was added
   */
  losses(temperatures: readonly number[]): Float64Array {
    const points = this.points();
    return Float64Array.from(temperatures, (temperature) => meanLoss(points, 1 / temperature));
  }

  /** @throws RangeError when nothing was added */
  fit(): TemperatureFit {
    const points = this.points();
    const nllBefore = meanLoss(points, 1);
    const { sharpness, atBound } = bestSharpness(points);
    const nllAfter = meanLoss(points, sharpness);
    if (nllAfter > nllBefore) return { temperature: 1, nllBefore, nllAfter: nllBefore, atBound: null };
    return { temperature: 1 / sharpness, nllBefore, nllAfter, atBound };
  }

  private points(): Points {
    const used = this.mass.filter((mass) => mass > 0).length;
    if (used === 0) throw new RangeError("there is no voxel to fit a temperature on");
    const points = { mass: new Float64Array(used), margin: new Float64Array(used) };
    for (let bin = 0, at = 0; bin < BINS; bin++) {
      const mass = this.mass[bin]!;
      if (mass === 0) continue;
      points.mass[at] = mass;
      points.margin[at++] = this.margins[bin]! / mass;
    }
    return points;
  }
}

/** Fits the temperature to all batches: see `TemperatureFitter`. */
export function fitTemperature(batches: Iterable<LogitBatch>): TemperatureFit {
  const fitter = new TemperatureFitter();
  for (const batch of batches) fitter.add(batch);
  return fitter.fit();
}

/** Margins and what they weigh. */
interface Points {
  readonly mass: Float64Array;
  readonly margin: Float64Array;
}

/** The sharpness, 1 / temperature, of the least loss within the bounds. */
function bestSharpness(points: Points): { sharpness: number; atBound: TemperatureFit["atBound"] } {
  let low = 1 / HIGHEST_TEMPERATURE;
  let high = 1 / LOWEST_TEMPERATURE;
  // Logits that are all 0 have the same loss at every temperature.
  if (points.margin.every((margin) => margin === 0)) return { sharpness: 1, atBound: null };
  if (slopes(points, low).first >= 0) return { sharpness: low, atBound: "highest" };
  if (slopes(points, high).first <= 0) return { sharpness: high, atBound: "lowest" };
  let sharpness = 1;
  for (let step = 0; step < 100; step++) {
    const { first, second } = slopes(points, sharpness);
    if (first === 0) break;
    if (first < 0) low = sharpness;
    else high = sharpness;
    const newton = sharpness - first / second;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - sharpness);
    sharpness = next;
    if (moved <= 1e-14 * sharpness) break;
  }
  return { sharpness, atBound: null };
}

function meanLoss({ mass, margin }: Points, sharpness: number): number {
  let loss = 0;
  let total = 0;
  for (let at = 0; at < mass.length; at++) {
    const x = -sharpness * margin[at]!;
    // log(1 + exp(x)) without overflow.
    loss += mass[at]! * (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
    total += mass[at]!;
  }
  return loss / total;
}

/** First and second derivative of the (unnormalised) loss by the sharpness. */
function slopes({ mass, margin }: Points, sharpness: number): { first: number; second: number } {
  let first = 0;
  let second = 0;
  for (let at = 0; at < mass.length; at++) {
    const m = margin[at]!;
    const wrong = 1 / (1 + Math.exp(sharpness * m));
    first -= mass[at]! * m * wrong;
    second += mass[at]! * m * m * wrong * (1 - wrong);
  }
  return { first, second };
}
