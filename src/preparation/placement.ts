/** Where a prepared image lies in its file. */
import { type Axis, applyAffine, type Box, type Grid, invertAffine, type Vector } from "../volume/index.js";

export interface Placement {
  /** Grid of the file. */
  readonly original: Grid;
  /** The voxels of the file that the network sees, along the file's own axes; the rest was cropped away. */
  readonly seen: Box;
  /** The prepared image's axis of thick slices along which the way back takes the nearest slice; see `thickAxis`. */
  readonly nearestAlong?: Axis;
}

/** @param cropped a grid whose voxels are some of the original's, its axes swapped or turned round */
export function placementOf(original: Grid, cropped: Grid): Placement {
  const toOriginal = invertAffine(original.affine);
  const voxelAt = (corner: Vector): Vector =>
    applyAffine(toOriginal, applyAffine(cropped.affine, corner)).map(Math.round) as unknown as Vector;
  const first = voxelAt([0, 0, 0]);
  const last = voxelAt(cropped.shape.map((size) => size - 1) as unknown as Vector);
  return {
    original: { shape: original.shape, affine: original.affine },
    seen: {
      low: first.map((index, axis) => Math.min(index, last[axis]!)) as unknown as Vector,
      high: first.map((index, axis) => Math.max(index, last[axis]!) + 1) as unknown as Vector,
    },
  };
}
