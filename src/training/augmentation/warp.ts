/**
 * Cuts a patch out of a whole image through a spatial map, image and labels in one pass.
 *
 * Reading from the whole image rather than from a patch means that no border is invented inside the patient. Outside
 * the image (more than half a voxel beyond the outermost voxel centres) labels are background and the image is
 * either 0, the mean of a z-scored image, or the nearest voxel.
 */
import type { Shape, Vector } from "../../volume/index.js";
import { ControlGridRows } from "./control-grid.js";
import { inVoxels, type SpatialMap } from "./spatial-map.js";

export interface WarpSource {
  readonly shape: Shape;
  /** Millimetres between voxels. */
  readonly spacing: Vector;
  /** One array a channel. */
  readonly channels: readonly Float32Array[];
  readonly labels: Uint8Array;
}

/** Which patch is cut, and how. */
export interface PatchCut {
  /** Image voxel under the patch's first voxel, before any map moves it. */
  readonly origin: Vector;
  /** Voxels of the patch along i, j, k. */
  readonly patch: Shape;
  /** The image beyond its border. */
  readonly padding: "zero" | "edge";
  /** `linear` interpolates each organ's mask and takes the largest; both give only labels that are there. */
  readonly labels: "nearest" | "linear";
}

/** What is filled: one array a channel, and the labels. */
export interface WarpedPatch {
  readonly channels: readonly Float32Array[];
  readonly labels: Uint8Array;
}

/** @param into arrays of the patch's size, filled */
export function warp(
  source: WarpSource,
  { origin, patch, padding, labels }: PatchCut,
  map: SpatialMap,
  into: WarpedPatch,
): void {
  const matrix = inVoxels(map.matrix, source.spacing);
  const rows = map.displacement && new ControlGridRows(map.displacement, patch);
  const half = patch.map((voxels) => (voxels - 1) / 2) as unknown as Vector;
  const centre = origin.map((value, axis) => value + half[axis]!) as unknown as Vector;
  const points = new RowPoints(patch[0], source.shape, padding);
  const moved = [0, 1, 2].map(() => new Float64Array(patch[0])) as [Float64Array, Float64Array, Float64Array];
  for (let k = 0; k < patch[2]; k++) {
    for (let j = 0; j < patch[1]; j++) {
      for (let i = 0; i < patch[0]; i++) moved[0][i] = i - half[0];
      moved[1].fill(j - half[1]);
      moved[2].fill(k - half[2]);
      if (rows) for (let axis = 0; axis < 3; axis++) rows.addRow(axis, j, k, moved[axis]!);
      points.locate(moved, matrix, centre);
      const start = patch[0] * (j + patch[1] * k);
      for (let channel = 0; channel < source.channels.length; channel++) {
        points.interpolate(source.channels[channel]!, into.channels[channel]!, start);
      }
      if (labels === "linear") points.vote(source.labels, into.labels, start);
      else points.nearest(source.labels, into.labels, start);
    }
  }
}

/** The eight neighbours and three fractions of every source point of one row. */
class RowPoints {
  /** Index of the lowest corner, or -1 where nothing but padding is. */
  private readonly corner: Int32Array;
  private readonly outside: Uint8Array;
  private readonly fractions: [Float64Array, Float64Array, Float64Array];
  /** Index steps to the next corner along each axis; 0 along an axis of one voxel. */
  private readonly steps: readonly [number, number, number];
  private readonly votes = new Float64Array(8);
  private readonly labels = new Uint8Array(8);

  constructor(
    private readonly length: number,
    private readonly shape: Shape,
    private readonly padding: PatchCut["padding"],
  ) {
    this.corner = new Int32Array(length);
    this.outside = new Uint8Array(length);
    this.fractions = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
    const [sizeI, sizeJ, sizeK] = shape;
    this.steps = [sizeI > 1 ? 1 : 0, sizeJ > 1 ? sizeI : 0, sizeK > 1 ? sizeI * sizeJ : 0];
  }

  locate(
    moved: readonly [Float64Array, Float64Array, Float64Array],
    matrix: readonly number[],
    centre: Vector,
  ): void {
    const [m00, m01, m02, m10, m11, m12, m20, m21, m22] = matrix as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const [c0, c1, c2] = centre;
    const [sizeI, sizeJ, sizeK] = this.shape;
    const [m0, m1, m2] = moved;
    const [f0, f1, f2] = this.fractions;
    const { corner, outside, padding } = this;
    const lastI = sizeI - 1;
    const lastJ = sizeJ - 1;
    const lastK = sizeK - 1;
    const highI = Math.max(0, sizeI - 2);
    const highJ = Math.max(0, sizeJ - 2);
    const highK = Math.max(0, sizeK - 2);
    for (let p = 0; p < this.length; p++) {
      const a = m0[p]!;
      const b = m1[p]!;
      const c = m2[p]!;
      let x = c0 + m00 * a + m01 * b + m02 * c;
      let y = c1 + m10 * a + m11 * b + m12 * c;
      let z = c2 + m20 * a + m21 * b + m22 * c;
      const beyond =
        x < -0.5 || y < -0.5 || z < -0.5 || x > lastI + 0.5 || y > lastJ + 0.5 || z > lastK + 0.5;
      outside[p] = beyond ? 1 : 0;
      x = Math.max(0, Math.min(lastI, x));
      y = Math.max(0, Math.min(lastJ, y));
      z = Math.max(0, Math.min(lastK, z));
      // `| 0` cuts to a 32-bit whole number and is far faster here than Math.trunc.
      const i = Math.min(x | 0, highI);
      const j = Math.min(y | 0, highJ);
      const k = Math.min(z | 0, highK);
      f0[p] = x - i;
      f1[p] = y - j;
      f2[p] = z - k;
      corner[p] = beyond && padding === "zero" ? -1 : i + sizeI * (j + sizeJ * k);
    }
  }

  interpolate(from: Float32Array, into: Float32Array, start: number): void {
    const [stepI, stepJ, stepK] = this.steps;
    const [f0, f1, f2] = this.fractions;
    for (let p = 0; p < this.length; p++) {
      const at = this.corner[p]!;
      if (at < 0) {
        into[start + p] = 0;
        continue;
      }
      const x = f0[p]!;
      const y = f1[p]!;
      const z = f2[p]!;
      const u = 1 - x;
      const v = 1 - y;
      const up = at + stepK;
      const low =
        v * (u * from[at]! + x * from[at + stepI]!) +
        y * (u * from[at + stepJ]! + x * from[at + stepJ + stepI]!);
      const high =
        v * (u * from[up]! + x * from[up + stepI]!) +
        y * (u * from[up + stepJ]! + x * from[up + stepJ + stepI]!);
      into[start + p] = (1 - z) * low + z * high;
    }
  }

  nearest(from: Uint8Array, into: Uint8Array, start: number): void {
    const [stepI, stepJ, stepK] = this.steps;
    const [f0, f1, f2] = this.fractions;
    for (let p = 0; p < this.length; p++) {
      const at =
        this.corner[p]! +
        (f0[p]! >= 0.5 ? stepI : 0) +
        (f1[p]! >= 0.5 ? stepJ : 0) +
        (f2[p]! >= 0.5 ? stepK : 0);
      into[start + p] = this.outside[p] ? 0 : from[at]!;
    }
  }

  /** The label with the largest share of the eight corners' weights; the lowest corner's of those that tie. */
  vote(from: Uint8Array, into: Uint8Array, start: number): void {
    const [stepI, stepJ, stepK] = this.steps;
    for (let p = 0; p < this.length; p++) {
      if (this.outside[p]) {
        into[start + p] = 0;
        continue;
      }
      const at = this.corner[p]!;
      const up = at + stepK;
      const label = from[at]!;
      const alike =
        from[at + stepI] === label &&
        from[at + stepJ] === label &&
        from[at + stepJ + stepI] === label &&
        from[up] === label &&
        from[up + stepI] === label &&
        from[up + stepJ] === label &&
        from[up + stepJ + stepI] === label;
      into[start + p] = alike ? label : this.voteAt(p, at, from);
    }
  }

  private voteAt(p: number, at: number, from: Uint8Array): number {
    const [stepI, stepJ, stepK] = this.steps;
    const { votes, labels } = this;
    const x = this.fractions[0][p]!;
    const y = this.fractions[1][p]!;
    const z = this.fractions[2][p]!;
    let best = 0;
    for (let n = 0; n < 8; n++) {
      votes[n] = 0;
      labels[n] = from[at + (n & 1 ? stepI : 0) + (n & 2 ? stepJ : 0) + (n & 4 ? stepK : 0)]!;
      // Corners with the same label vote together, in the first of them.
      let first = 0;
      while (labels[first] !== labels[n]) first++;
      votes[first]! += (n & 1 ? x : 1 - x) * (n & 2 ? y : 1 - y) * (n & 4 ? z : 1 - z);
    }
    for (let n = 1; n < 8; n++) if (votes[n]! > votes[best]!) best = n;
    return labels[best]!;
  }
}
