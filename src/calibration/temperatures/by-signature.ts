/**
 * A temperature that depends on the image's signature, so that nobody has to say which dataset an image is from: the
 * logarithm of the temperature is a smooth function of the signature's leading principal components, and far from all
 * calibration images it is that of the pooled temperature.
 *
 * After B. Yu et al., "Robust calibration with multi-domain temperature scaling" (NeurIPS 2022, arXiv 2206.02757), who fit a
 * temperature for each domain and regress it on features. Here each image's own best temperature is regressed, by kernel ridge
 * regression with a Gaussian kernel. Width and ridge are chosen by cross-validation over subjects, on what counts: the
 * likelihood of held-out images relative to theirs at the pooled temperature, each image the same. Unless that gains more than
 * two standard errors, nothing is fitted and the pooled temperature stays.
 *
 * Where the guard calls an image foreign, the temperature is never below the pooled one: of an image unlike any that it was
 * calibrated on, nobody knows that the network may be surer.
 */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { z } from "zod";
import { principalComponents, project } from "../../base/principal-components.js";
import { bestLogTemperature, lossAt } from "./loss-curve.js";
import type { CalibrationCase, TemperatureKind } from "./temperature-kind.js";

/** Of fewer images no dependence can be told from chance. */
const FEWEST_IMAGES = 10;
/** Images differ along few directions; more would be fitted to single images. */
const MOST_COMPONENTS = 5;
const VARIANCE_SHARE = 0.95;
/** Furthest from the pooled temperature, as a factor: what lies beyond comes from images in which every voxel is right. */
const FURTHEST = Math.log(4);
/** Of the median distance between images. */
const WIDTHS = [0.25, 0.5, 1, 2];
const RIDGES = [0.1, 1, 10];
const PARTS = 10;
/** Standard errors by which a choice must gain on held-out images: the best of twelve is looked at. */
const SURELY = 2;

const vector = z.array(z.number()).min(1).max(100_000);

const schema = z.strictObject({
  mean: vector,
  components: z.array(vector).min(1).max(MOST_COMPONENTS),
  /** Of the kernel, in units of the components. */
  width: z.number().positive(),
  /** Of each calibration image: its components, and its weight in log T. */
  images: z
    .array(z.strictObject({ at: z.array(z.number()).min(1).max(MOST_COMPONENTS), weight: z.number() }))
    .min(1)
    .max(100_000),
});

type Fitted = z.infer<typeof schema>;

export const bySignature: TemperatureKind<typeof schema> = {
  schema,
  fit(cases, pooled) {
    if (cases.length < FEWEST_IMAGES) return undefined;
    const { mean, components } = principalComponents(
      cases.map(({ signature }) => signature),
      { share: VARIANCE_SHARE, most: MOST_COMPONENTS },
    );
    const places = cases.map(({ signature }) => project({ mean, components }, signature));
    const median = medianDistance(places);
    if (!(median > 0)) return undefined;
    const choice = choose(cases, places, { pooled, median });
    if (choice === undefined) return undefined;
    const weights = weightsOf(places, residuals(cases, pooled), choice);
    return {
      mean: Array.from(mean),
      components: components.map((component) => Array.from(component)),
      width: choice.width,
      images: places.map((place, at) => ({ at: [...place], weight: weights[at]! })),
    };
  },
  temperature(fitted, { signature, refused }, pooled) {
    const place = project(fitted, signature);
    const temperature = pooled * Math.exp(bounded(predicted(fitted, place)));
    return refused ? Math.max(pooled, temperature) : temperature;
  },
};

interface Choice {
  readonly width: number;
  readonly ridge: number;
}

/** How far each image's own best log T lies from the pooled one. */
const residuals = (cases: readonly CalibrationCase[], pooled: number): number[] => {
  const centre = Math.log(pooled);
  return cases.map(
    ({ losses }) => bestLogTemperature(losses, [centre - FURTHEST, centre + FURTHEST]) - centre,
  );
};

const bounded = (logFactor: number): number => Math.min(FURTHEST, Math.max(-FURTHEST, logFactor));

/** The choice that serves held-out subjects best; undefined where none serves them surely better than the pooled temperature. */
function choose(
  cases: readonly CalibrationCase[],
  places: readonly Float64Array[],
  { pooled, median }: { readonly pooled: number; readonly median: number },
): Choice | undefined {
  const wanted = residuals(cases, pooled);
  const parts = partsOf(cases);
  let best: { choice: Choice; mean: number } | undefined;
  for (const factor of WIDTHS) {
    for (const ridge of RIDGES) {
      const choice = { width: factor * median, ridge };
      const gains = heldOutGains(cases, places, { wanted, parts, pooled, choice });
      const { mean, error } = meanAndError(gains);
      if (mean > SURELY * error && (best === undefined || mean > best.mean)) best = { choice, mean };
    }
  }
  return best?.choice;
}

/** For each image, by how much the logarithm of its loss falls when its subject is left out of the fit. */
function heldOutGains(
  cases: readonly CalibrationCase[],
  places: readonly Float64Array[],
  {
    wanted,
    parts,
    pooled,
    choice,
  }: { wanted: readonly number[]; parts: Int32Array; pooled: number; choice: Choice },
): Float64Array {
  const gains = new Float64Array(cases.length);
  const centre = Math.log(pooled);
  for (let part = 0; part < PARTS; part++) {
    const kept = places.map((_, at) => at).filter((at) => parts[at] !== part);
    if (kept.length === 0 || kept.length === places.length) continue;
    const references = kept.map((at) => places[at]!);
    const weights = weightsOf(
      references,
      kept.map((at) => wanted[at]!),
      choice,
    );
    cases.forEach(({ losses }, at) => {
      if (parts[at] !== part) return;
      const shift = bounded(weightedKernel(references, weights, choice.width, places[at]!));
      // A loss of 0 has nothing to gain.
      gains[at] = Math.log((lossAt(losses, centre) + 1e-12) / (lossAt(losses, centre + shift) + 1e-12));
    });
  }
  return gains;
}

/** Subjects in turn, in the order of their first image. */
function partsOf(cases: readonly CalibrationCase[]): Int32Array {
  const numbers = new Map<string, number>();
  for (const { subject } of cases) if (!numbers.has(subject)) numbers.set(subject, numbers.size % PARTS);
  return Int32Array.from(cases, ({ subject }) => numbers.get(subject)!);
}

/** (K + ridge I)^-1 wanted. */
function weightsOf(
  places: readonly Float64Array[],
  wanted: readonly number[],
  { width, ridge }: Choice,
): number[] {
  const kernels = new Matrix(places.map((a) => places.map((b) => kernel(a, b, width))));
  const system = Matrix.add(kernels, Matrix.eye(places.length).mul(ridge));
  return new CholeskyDecomposition(system).solve(Matrix.columnVector([...wanted])).to1DArray();
}

const predicted = ({ images, width }: Fitted, place: Float64Array): number =>
  images.reduce((sum, { at, weight }) => sum + weight * kernel(at, place, width), 0);

const weightedKernel = (
  references: readonly Float64Array[],
  weights: readonly number[],
  width: number,
  place: Float64Array,
): number => references.reduce((sum, at, n) => sum + weights[n]! * kernel(at, place, width), 0);

function kernel(a: ArrayLike<number>, b: ArrayLike<number>, width: number): number {
  return Math.exp(-squaredDistance(a, b) / (2 * width * width));
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return sum;
}

function medianDistance(places: readonly Float64Array[]): number {
  const distances = places
    .flatMap((a, n) => places.slice(n + 1).map((b) => Math.sqrt(squaredDistance(a, b))))
    .sort((a, b) => a - b);
  return distances[distances.length >> 1] ?? 0;
}

function meanAndError(values: Float64Array): { mean: number; error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}
