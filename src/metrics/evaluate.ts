import type { Shape, Vector } from "../volume/index.js";
import { dice, type VolumesMl, volumesMl } from "./overlap.js";
import { type SurfaceDistances, surfaceDistances } from "./surface.js";

/** How well a mask agrees with its reference. */
export interface MaskMetrics extends SurfaceDistances {
  /** Dice similarity coefficient, 0 to 1. */
  readonly dice: number;
  readonly volumesMl: VolumesMl;
  /** Which of the two masks holds no voxel; decides what the distances are (see `surfaceDistances`). */
  readonly empty: "none" | "prediction" | "reference" | "both";
}

/**
 * All metrics of one organ in one volume. Distances in mm, volumes in ml; empty masks as `dice` and `surfaceDistances` say.
 *
 * @param prediction mask, non-zero inside, in the volume's voxel order
 * @param spacing mm along the three axes
 * @throws RangeError when lengths, shape or spacing do not fit together
 */
export function evaluateMask(
  prediction: Uint8Array,
  reference: Uint8Array,
  shape: Shape,
  spacing: Vector,
): MaskMetrics {
  const volumes = volumesMl(prediction, reference, spacing);
  const emptyPrediction = volumes.prediction === 0;
  const emptyReference = volumes.reference === 0;
  return {
    dice: dice(prediction, reference),
    ...surfaceDistances(prediction, reference, shape, spacing),
    volumesMl: volumes,
    empty: emptyPrediction ? (emptyReference ? "both" : "prediction") : emptyReference ? "reference" : "none",
  };
}

/** The mask of one organ in a label array: 1 where the label is `organ`, else 0. */
export function organMask(labels: ArrayLike<number>, organ: number): Uint8Array {
  const mask = new Uint8Array(labels.length);
  for (let at = 0; at < mask.length; at++) if (labels[at] === organ) mask[at] = 1;
  return mask;
}
