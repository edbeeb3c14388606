import type { Vector } from "../volume/index.js";

/** Cubic millimetres in a millilitre. */
const MM3_PER_ML = 1000;

/**
 * Dice similarity coefficient of two masks (non-zero is inside): `2 |A ∩ B| / (|A| + |B|)`, from 0 to 1.
 * Two empty masks agree: 1. One empty mask: 0.
 *
 * @throws RangeError when the masks differ in length
 */
export function dice(prediction: Uint8Array, reference: Uint8Array): number {
  checkLengths(prediction, reference);
  let both = 0;
  let sum = 0;
  for (let at = 0; at < prediction.length; at++) {
    const predicted = prediction[at] ? 1 : 0;
    const expected = reference[at] ? 1 : 0;
    both += predicted & expected;
    sum += predicted + expected;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}

/** Volumes of a predicted mask and its reference, in millilitres. */
export interface VolumesMl {
  readonly prediction: number;
  readonly reference: number;
  /** Prediction less reference. */
  readonly difference: number;
}

/**
 * How much two masks hold: voxels times the size of a voxel.
 *
 * @param spacing mm along the three axes
 * @throws RangeError when the masks differ in length
 */
export function volumesMl(prediction: Uint8Array, reference: Uint8Array, spacing: Vector): VolumesMl {
  checkLengths(prediction, reference);
  const voxelMl = (spacing[0] * spacing[1] * spacing[2]) / MM3_PER_ML;
  let predicted = 0;
  let expected = 0;
  for (let at = 0; at < prediction.length; at++) {
    if (prediction[at]) predicted++;
    if (reference[at]) expected++;
  }
  return {
    prediction: predicted * voxelMl,
    reference: expected * voxelMl,
    difference: (predicted - expected) * voxelMl,
  };
}

/** @throws RangeError when a prediction and its reference are not of the same length */
export function checkLengths(prediction: ArrayLike<number>, reference: ArrayLike<number>): void {
  if (prediction.length !== reference.length) {
    throw new RangeError(`the prediction has ${prediction.length} voxels, the reference ${reference.length}`);
  }
}
