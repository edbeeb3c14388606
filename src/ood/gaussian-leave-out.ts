/**
 * Mahalanobis distances of images to the datasets of all others, each with the images of its patient left out of means and
 * covariance: what `fitGaussianClasses` gives when it is fitted once for each patient, from one decomposition.
 *
 * Without a patient the scatter of the residuals changes by few products of vectors: S' = S - W W^T, where W has the patient's
 * residuals and, of each dataset that it leaves, sqrt(images left) times the shift of its mean. In the eigenvectors of S the shrunk
 * covariance is a diagonal less such products, and Woodbury's identity gives its inverse.
 */
import { CholeskyDecomposition, EigenvalueDecomposition, Matrix } from "ml-matrix";
import { meanOf } from "../base/column-mean.js";
import { groupBy } from "../base/index.js";
import { fitGaussianClasses, RIDGE } from "./gaussian-classes.js";
import { shrinkageOf } from "./ledoit-wolf.js";

/** Images as draws from one distribution a dataset. */
export interface ClassedImages {
  /** One row an image, all of one length. */
  readonly features: readonly Float64Array[];
  /** The dataset of each image. */
  readonly classes: readonly string[];
  /** The patient of each image; at least two. */
  readonly patients: readonly string[];
}

/** With less shrinkage the inverse of what is left would be rounding noise: there the fit itself is made again. */
const LEAST_SHRINKAGE = 1e-4;

/** What is left of the variance, as a part of all of it, below which it is rounding noise. */
const LEAST_VARIANCE = 1e-9;

export function leaveOutDistances(images: ClassedImages): number[] {
  const rotated = rotate(images);
  const distances = new Array<number>(images.features.length);
  const places = groupBy([...images.patients.keys()], (at) => images.patients[at]!);
  for (const own of places.values()) {
    const distance = distanceWithout(rotated, own) ?? distanceFittedWithout(images, own);
    for (const at of own) distances[at] = distance(at);
  }
  return distances;
}

type DistanceOf = (image: number) => number;

function distanceFittedWithout({ features, classes }: ClassedImages, own: readonly number[]): DistanceOf {
  const left = [...features.keys()].filter((at) => !own.includes(at));
  const fitted = fitGaussianClasses(
    left.map((at) => features[at]!),
    left.map((at) => classes[at]!),
  );
  return (at) => fitted.distance(features[at]!);
}

/** All images, in the eigenvectors of the scatter of their residuals. */
interface Rotated {
  readonly classes: readonly string[];
  /** Less the mean of their class. */
  readonly residuals: readonly Float64Array[];
  readonly means: ReadonlyMap<string, Float64Array>;
  /** Places of the images of each class. */
  readonly members: ReadonlyMap<string, readonly number[]>;
  /** Eigenvalues of the scatter: sums over images, not means. */
  readonly scatter: Float64Array;
}

function rotate({ features, classes }: ClassedImages): Rotated {
  const members = groupBy([...features.keys()], (at) => classes[at]!);
  const means = new Map([...members].map(([name, own]) => [name, meanOf(own.map((at) => features[at]!))]));
  const residuals = new Matrix(
    features.map((row, at) => Array.from(row, (value, column) => value - means.get(classes[at]!)![column]!)),
  );
  const scatter = residuals.transpose().mmul(residuals);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(scatter, {
    assumeSymmetric: true,
  });
  const turn = (rows: Matrix): Float64Array[] =>
    rows
      .mmul(eigenvectorMatrix)
      .to2DArray()
      .map((row) => Float64Array.from(row));
  const turnedMeans = turn(new Matrix([...means.values()].map((mean) => [...mean])));
  return {
    classes,
    members,
    residuals: turn(residuals),
    means: new Map([...means.keys()].map((name, at) => [name, turnedMeans[at]!])),
    scatter: Float64Array.from(realEigenvalues, (value) => Math.max(0, value)),
  };
}

/** Undefined where the covariance that is left cannot be told from rounding errors. */
function distanceWithout(rotated: Rotated, own: readonly number[]): DistanceOf | undefined {
  const { classes, residuals, means, scatter } = rotated;
  const shifts = shiftsWithout(rotated, own);
  const removed = [
    ...own.map((at) => residuals[at]!),
    ...[...shifts.values()].map(({ shift, left }) => shift.map((value) => Math.sqrt(left) * value)),
  ];
  const covariance = shrunkWithout(rotated, { own, shifts, removed });
  if (covariance === undefined) return undefined;
  const distanceOf = inverseForm(scatter, removed, covariance);
  const touched = new Set(own.map((at) => classes[at]!));
  const centres = [...means].flatMap(([name, mean]) => {
    const shift = shifts.get(name)?.shift;
    if (shift !== undefined) return [mean.map((value, at) => value + shift[at]!)];
    // A class of which nothing is left is no longer there.
    return touched.has(name) ? [] : [mean];
  });
  return (at) => {
    const mean = means.get(classes[at]!)!;
    const place = residuals[at]!.map((value, axis) => value + mean[axis]!);
    return Math.min(
      ...centres.map((centre) => distanceOf(place.map((value, axis) => value - centre[axis]!))),
    );
  };
}

/** How the mean of a class moves without the images, and how many are left. */
interface Shift {
  readonly shift: Float64Array;
  readonly left: number;
}

/** Of the classes that lose some of their images, not all. */
function shiftsWithout({ classes, members, residuals }: Rotated, own: readonly number[]): Map<string, Shift> {
  const shifts = new Map<string, Shift>();
  for (const [name, lost] of groupBy(own, (at) => classes[at]!)) {
    const left = members.get(name)!.length - lost.length;
    if (left === 0) continue;
    const shift = new Float64Array(residuals[0]!.length);
    for (const at of lost) {
      for (let axis = 0; axis < shift.length; axis++) shift[axis]! -= residuals[at]![axis]! / left;
    }
    shifts.set(name, { shift, left });
  }
  return shifts;
}

/** The shrunk covariance is `sample` times the scatter, and `diagonal` more on its diagonal. */
interface Shrunk {
  readonly sample: number;
  readonly diagonal: number;
}

interface Removal {
  readonly own: readonly number[];
  readonly shifts: ReadonlyMap<string, Shift>;
  /** The columns of W. */
  readonly removed: readonly Float64Array[];
}

function shrunkWithout(rotated: Rotated, { own, shifts, removed }: Removal): Shrunk | undefined {
  const { classes, residuals, scatter } = rotated;
  const rows = residuals.length - own.length;
  const features = scatter.length;
  const total = scatter.reduce((sum, value) => sum + value, 0);
  const trace = total - removed.reduce((sum, column) => sum + dot(column, column), 0);
  if (trace <= LEAST_VARIANCE * total) return undefined;
  let squared = dot(scatter, scatter);
  for (const one of removed) {
    for (let axis = 0; axis < features; axis++) squared -= 2 * scatter[axis]! * one[axis]! ** 2;
    for (const other of removed) squared += dot(one, other) ** 2;
  }
  const gone = new Set(own);
  let fourth = 0;
  residuals.forEach((residual, at) => {
    if (gone.has(at)) return;
    const shift = shifts.get(classes[at]!)?.shift;
    const squares = shift === undefined ? dot(residual, residual) : squaredDistance(residual, shift);
    fourth += squares ** 2 / rows;
  });
  const mu = trace / rows / features;
  const shrinkage = shrinkageOf({ rows, features, mu, squared: squared / rows ** 2, fourth });
  if (shrinkage < LEAST_SHRINKAGE) return undefined;
  return { sample: (1 - shrinkage) / rows, diagonal: (shrinkage + RIDGE) * mu };
}

/** The root of the quadratic form of the inverse of sample (S - W W^T) + diagonal I, by Woodbury's identity. */
function inverseForm(
  scatter: Float64Array,
  removed: readonly Float64Array[],
  { sample, diagonal }: Shrunk,
): (d: Float64Array) => number {
  const inverse = scatter.map((value) => 1 / (sample * value + diagonal));
  const scaled = removed.map((column) => column.map((value, axis) => value * inverse[axis]!));
  const kernel = Matrix.identity(removed.length);
  // Symmetric to the last bit, which rounding would not make it.
  for (let a = 0; a < removed.length; a++) {
    for (let b = 0; b <= a; b++) {
      const product = kernel.get(a, b) - sample * dot(removed[a]!, scaled[b]!);
      kernel.set(a, b, product);
      kernel.set(b, a, product);
    }
  }
  const factor = new CholeskyDecomposition(kernel);
  return (d) => {
    const seen = scaled.map((column) => dot(column, d));
    const solved = factor.solve(Matrix.columnVector(seen)).getColumn(0);
    let squares = 0;
    for (let axis = 0; axis < d.length; axis++) squares += d[axis]! ** 2 * inverse[axis]!;
    return Math.sqrt(Math.max(0, squares + sample * dot(seen, solved)));
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return sum;
}
