/**
 * Where each voxel of a patch comes from: a linear map about the patch's centre, after an elastic displacement.
 *
 * With o a patch voxel, h the patch's centre, c the image voxel under it, d(o) the displacement and S = diag(spacing):
 * source(o) = c + S^-1 M S (o + d(o) - h). M works in millimetres, so that a rotation stays one on long voxels.
 */
import type { Vector } from "../../volume/index.js";
import type { ControlGrid } from "./control-grid.js";

/** 3 x 3 by rows. */
export type Matrix = readonly number[];

export interface SpatialMap {
  /** M: millimetres from the centre in the patch -> millimetres from the centre in the image. */
  matrix: Matrix;
  /** d, in voxels of the patch. */
  displacement: ControlGrid | undefined;
}

export const identityMap = (): SpatialMap => ({
  matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  displacement: undefined,
});

/** a b: first b, then a. */
export function product(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 9 }, (_, index) => {
    const row = index - (index % 3);
    const column = index % 3;
    return a[row]! * b[column]! + a[row + 1]! * b[column + 3]! + a[row + 2]! * b[column + 6]!;
  });
}

export const diagonal = ([i, j, k]: Vector): Matrix => [i, 0, 0, 0, j, 0, 0, 0, k];

/** S^-1 M S. */
export const inVoxels = (matrix: Matrix, spacing: Vector): Matrix =>
  matrix.map((value, index) =>
    index % 4 === 0 ? value : (value * spacing[index % 3]!) / spacing[Math.floor(index / 3)]!,
  );
