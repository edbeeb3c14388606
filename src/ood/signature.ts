/**
 * The spectral signature of an image (Karimi and Gholipour, 2022): the spectrum of singular values of a layer's
 * feature map, laid out as a matrix with one row a voxel and one column a channel.
 *
 * The matrix never exists: its Gram matrix (channels x channels) is summed in double precision, window by window, and the
 * singular values are the square roots of its eigenvalues.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Tensor } from "../graph/index.js";
import type { Vector } from "../volume/index.js";

/** `paper`: log singular values; `per-voxel`: of singular values / sqrt(rows), which do not grow with the image. */
export const signatureForms = ["paper", "per-voxel"] as const;
export type SignatureForm = (typeof signatureForms)[number];

/** Voxels gathered before a block of the Gram matrix is updated: a block of columns stays in the cache. */
const blockRows = 256;

/** Sums the Gram matrix of one layer over the windows of one image. */
export class GramAccumulator {
  readonly gram: Float64Array;
  private count = 0;

  constructor(readonly channels: number) {
    this.gram = new Float64Array(channels * channels);
  }

  /** Rows of the feature matrix so far: voxels. */
  get rows(): number {
    return this.count;
  }

  /**
   * Adds the voxels of a box.
   *
   * @param features [1, C, d, h, w]
   * @param interior half open box along w, h, d
   * @throws RangeError where a feature is not finite: the Gram matrix would be lost
   */
  add(features: Tensor, interior: { low: Vector; high: Vector }): void {
    const [, channels, d, h, w] = features.dims as [number, number, number, number, number];
    if (channels !== this.channels)
      throw new RangeError(`${channels} channels given, ${this.channels} expected`);
    const data = features.data as Float32Array;
    const [low, high] = [interior.low, interior.high];
    const block = Array.from({ length: channels }, () => new Float64Array(blockRows));
    let filled = 0;
    for (let z = Math.max(0, low[2]); z < Math.min(d, high[2]); z++) {
      for (let y = Math.max(0, low[1]); y < Math.min(h, high[1]); y++) {
        for (let x = Math.max(0, low[0]); x < Math.min(w, high[0]); ) {
          const run = Math.min(Math.min(w, high[0]) - x, blockRows - filled);
          for (let c = 0; c < channels; c++) {
            const start = x + w * (y + h * (z + d * c));
            const column = block[c]!;
            for (let i = 0; i < run; i++) column[filled + i] = data[start + i]!;
          }
          filled += run;
          x += run;
          if (filled === blockRows) {
            this.addBlock(block, filled);
            filled = 0;
          }
        }
      }
    }
    if (filled > 0) this.addBlock(block, filled);
    if (!Number.isFinite(this.gram[0]!))
      throw new RangeError("a feature map holds values that are not finite");
  }

  private addBlock(block: readonly Float64Array[], rows: number): void {
    const { channels, gram } = this;
    for (let a = 0; a < channels; a++) {
      const first = block[a]!;
      for (let b = a; b < channels; b++) {
        const second = block[b]!;
        // Four sums instead of one let the processor overlap the additions.
        let [s0, s1, s2, s3] = [0, 0, 0, 0];
        let i = 0;
        for (; i + 3 < rows; i += 4) {
          s0 += first[i]! * second[i]!;
          s1 += first[i + 1]! * second[i + 1]!;
          s2 += first[i + 2]! * second[i + 2]!;
          s3 += first[i + 3]! * second[i + 3]!;
        }
        for (; i < rows; i++) s0 += first[i]! * second[i]!;
        gram[a * channels + b]! += s0 + s1 + s2 + s3;
      }
    }
    for (let a = 0; a < channels; a++) {
      for (let b = 0; b < a; b++) gram[a * channels + b] = gram[b * channels + a]!;
    }
    this.count += rows;
  }
}

/** Singular values of the feature matrix, largest first. */
export function singularValues(gram: Float64Array, channels: number): Float64Array {
  const rows = Array.from({ length: channels }, (_, row) => [
    ...gram.subarray(row * channels, (row + 1) * channels),
  ]);
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true });
  return Float64Array.from(realEigenvalues, (value) => Math.sqrt(Math.max(0, value))).sort((a, b) => b - a);
}

/** Log of the singular values, floored at `epsilon`, divided by its Euclidean norm. */
export function signatureOf(
  singular: Float64Array,
  rows: number,
  form: SignatureForm,
  epsilon = 1e-6,
): Float64Array {
  const scale = form === "paper" ? 1 : 1 / Math.sqrt(Math.max(1, rows));
  const spectrum = singular.map((value) => Math.log(Math.max(value * scale, epsilon)));
  const norm = Math.hypot(...spectrum) || 1;
  return spectrum.map((value) => value / norm);
}

/** Euclidean distance of two signatures. */
export function signatureDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
