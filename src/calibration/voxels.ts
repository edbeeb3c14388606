import { type Box, type Shape, voxelCount } from "../volume/index.js";

/**
 * Which probability a voxel's outcome is held against.
 *
 * - `foreground`, the default: the probability of the organ, against whether the organ is there. A voxel of one channel is a
 *   forecast of one event (Naeini et al., AAAI 2015, define ECE so), and over- and under-segmentation stay apart, at the
 *   two ends of the reliability diagram.
 * - `max-class`: the larger of p and 1 - p, against whether the class that p favours (foreground from 0.5) is right, as for
 *   classifiers (Guo et al., ICML 2017). It folds the diagram at 0.5, so that errors of opposite sign in p and in 1 - p
 *   add up or cancel, and leaves half of the bins without use.
 */
export type Confidence = "foreground" | "max-class";

/** Foreground probabilities of one channel of one volume, and what was there. */
export interface Forecast {
  /** Of the foreground, each in [0, 1], in the volume's voxel order. */
  readonly probabilities: Float32Array;
  /** Mask, non-zero where the foreground is, of the same length. */
  readonly reference: Uint8Array;
}

/** A part of a forecast's volume. */
export interface Part {
  readonly shape: Shape;
  /** Half open. */
  readonly box: Box;
}

/**
 * Calls `visit` with each run of consecutive voxels [start, end) of a part, or with the whole array when there is none.
 *
 * @throws RangeError when the arrays differ in length, or are not the shape's
 */
export function forEachRun(
  values: Float32Array,
  reference: Uint8Array,
  part: Part | undefined,
  visit: (start: number, end: number) => void,
): void {
  if (values.length !== reference.length) {
    throw new RangeError(`${values.length} predicted voxels, but ${reference.length} reference voxels`);
  }
  if (!part) {
    visit(0, values.length);
    return;
  }
  const { shape, box } = part;
  if (values.length !== voxelCount(shape)) {
    throw new RangeError(`${values.length} voxels, but their shape has ${voxelCount(shape)}`);
  }
  for (let axis = 0; axis < 3; axis++) {
    if (box.low[axis]! < 0 || box.high[axis]! > shape[axis]!) {
      throw new RangeError(`box ${box.low} to ${box.high} leaves the image ${shape}`);
    }
  }
  for (let k = box.low[2]; k < box.high[2]; k++) {
    for (let j = box.low[1]; j < box.high[1]; j++) {
      const row = shape[0] * (j + shape[1] * k);
      visit(row + box.low[0], row + box.high[0]);
    }
  }
}

/** Voxels of a part, or of an array of so many voxels when there is none. */
export function partSize(length: number, part: Part | undefined): number {
  if (!part) return length;
  const { low, high } = part.box;
  return [0, 1, 2].reduce((product, axis) => product * Math.max(0, high[axis]! - low[axis]!), 1);
}

/** @throws RangeError for a probability that is none */
export function refuseProbability(probability: number): never {
  throw new RangeError(`${probability} is not a probability between 0 and 1`);
}
