/**
 * A smooth displacement field from a coarse grid of control points: uniform cubic B-splines.
 *
 * The field stays within the control points' convex hull, so no displacement exceeds the largest control value, and
 * it cannot fold while that is below about 0.4 of the control points' distance (Choi and Lee, "Injectivity conditions
 * of 2D and 3D uniform cubic B-spline functions", 2000).
 */
import type { Shape } from "../../volume/index.js";

export interface ControlGrid {
  /** Voxels between control points. */
  readonly distance: number;
  /** Control points along each axis. */
  readonly counts: Shape;
  /** Displacements in voxels: three components, each a grid with the first axis fastest. */
  readonly values: Float32Array;
}

/** Control points that a patch needs: one before it, and two after the last that starts inside it. */
export const controlCount = (voxels: number, distance: number): number =>
  Math.floor((voxels - 1) / distance) + 4;

/** Evaluates a control grid a row of the patch at a time. */
export class ControlGridRows {
  private readonly weights: Float64Array;
  private readonly first: Int32Array;
  private readonly coarse: Float64Array;

  constructor(
    private readonly grid: ControlGrid,
    patch: Shape,
  ) {
    const longest = Math.max(...patch);
    this.weights = new Float64Array(4 * longest);
    this.first = new Int32Array(longest);
    for (let voxel = 0; voxel < longest; voxel++) {
      this.first[voxel] = Math.floor(voxel / grid.distance);
      cubicWeights(voxel / grid.distance - this.first[voxel]!, this.weights, 4 * voxel);
    }
    this.coarse = new Float64Array(grid.counts[0]);
  }

  /** Adds component 0, 1 or 2 of the row at patch voxels (., j, k) to `row`. */
  addRow(component: number, j: number, k: number, row: Float64Array): void {
    const { counts, values } = this.grid;
    const { weights, first, coarse } = this;
    const [countI, countJ, countK] = counts;
    coarse.fill(0);
    for (let c = 0; c < 4; c++) {
      for (let b = 0; b < 4; b++) {
        const weight = weights[4 * k + c]! * weights[4 * j + b]!;
        const start = countI * (first[j]! + b + countJ * (first[k]! + c + countK * component));
        for (let a = 0; a < countI; a++) coarse[a]! += weight * values[start + a]!;
      }
    }
    for (let i = 0; i < row.length; i++) {
      const a = first[i]!;
      row[i]! +=
        weights[4 * i]! * coarse[a]! +
        weights[4 * i + 1]! * coarse[a + 1]! +
        weights[4 * i + 2]! * coarse[a + 2]! +
        weights[4 * i + 3]! * coarse[a + 3]!;
    }
  }
}

function cubicWeights(t: number, into: Float64Array, at: number): void {
  into[at] = (1 - t) ** 3 / 6;
  into[at + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6;
  into[at + 2] = (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6;
  into[at + 3] = t ** 3 / 6;
}
