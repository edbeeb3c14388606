/**
 * The spectral signature of an image at one layer.
 *
 * D. Karimi and A. Gholipour, "Improving Calibration and Out-of-Distribution Detection in Medical Image Segmentation
 * with Convolutional Neural Networks", arXiv 2004.06569: the logarithms of the singular values of the feature matrix
 * F (voxels x channels), divided by their Euclidean norm.
 */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { UserError } from "../base/index.js";
import type { LayerStatistics } from "./layer-statistics.js";

/**
 * Which singular values:
 * - `paper`: those of F. They grow like the square root of the number of voxels, so images of different size differ.
 * - `per-voxel`: those of F / sqrt(rows).
 * - `covariance`: those of F / sqrt(rows) after the mean of each column is taken away.
 * - `unnormalised`: as `per-voxel`, and the logarithms are not divided by their norm, in effect the spectrum of MedicOOD
 *   (Lambert et al.): how strong the features are counts too.
 */
export const signatureForms = ["paper", "per-voxel", "covariance", "unnormalised"] as const;

export type SignatureForm = (typeof signatureForms)[number];

/** Singular values below this count as this much. */
export const DEFAULT_EPSILON = 1e-6;

/**
 * Singular values below this part of the largest one count as this part: the Gram matrix squares the condition number,
 * and further down they are more and more rounding noise. At 1e-5 the error of a logarithm is about 1e-7. A dead
 * channel thus gives one value, not a random one.
 */
const RELATIVE_FLOOR = 1e-5;

/**
 * Singular values of the matrix that the form names, from the largest down; as many as there are channels, whatever
 * the number of rows. They are the square roots of the Gram matrix's eigenvalues.
 *
 * @throws UserError where no row was counted or the statistics are not finite
 */
export function singularValues(statistics: LayerStatistics, form: SignatureForm): Float64Array {
  const { channels, rows, gram, columnSums } = statistics;
  if (!(rows >= 1) || !gram.every(Number.isFinite) || !columnSums.every(Number.isFinite)) {
    throw new UserError({
      subject: "spectral signature",
      found: rows >= 1 ? "features that are not finite" : "a layer without a voxel",
      expected: "finite features of at least one voxel",
      advice: "Check the image for NaN or extreme intensities, and its size.",
    });
  }
  const scale = form === "paper" ? 1 : 1 / rows;
  const matrix = Matrix.zeros(channels, channels);
  for (let a = 0; a < channels; a++) {
    for (let b = a; b < channels; b++) {
      const means = form === "covariance" ? (columnSums[a]! * columnSums[b]!) / rows : 0;
      const product = (gram[a * channels + b]! - means) * scale;
      matrix.set(a, b, product);
      matrix.set(b, a, product);
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  // Rounding may leave an eigenvalue of zero slightly negative.
  return Float64Array.from(realEigenvalues, (value) => Math.sqrt(Math.max(0, value)))
    .sort()
    .reverse();
}

/**
 * @param epsilon least singular value
 * @returns as many numbers as the layer has channels, from the largest singular value down, Euclidean norm 1 (zeros in
 *   the single case that every singular value is exactly 1) but for the form `unnormalised`
 */
export function signature(
  statistics: LayerStatistics,
  form: SignatureForm,
  epsilon = DEFAULT_EPSILON,
): Float64Array {
  const values = singularValues(statistics, form);
  const floor = Math.max(epsilon, RELATIVE_FLOOR * values[0]!);
  const spectrum = values.map((value) => Math.log(Math.max(value, floor)));
  if (form === "unnormalised") return spectrum;
  const norm = Math.sqrt(spectrum.reduce((sum, value) => sum + value * value, 0));
  return norm === 0 ? spectrum : spectrum.map((value) => value / norm);
}
