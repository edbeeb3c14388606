/**
 * A voxel grid and its place in the patient.
 *
 * Order of voxels, everywhere in sureseg: voxel (i, j, k) of channel c is at
 * `i + shape[0] * (j + shape[1] * (k + shape[2] * c))`: the first axis runs fastest, channels slowest (NIfTI's order).
 * A network sees the same array, untouched, as a tensor with axes [1, channels, k, j, i].
 */

/** Voxels along the three axes [i, j, k]; the first runs fastest in memory. */
export type Shape = readonly [number, number, number];

/** Three millimetre lengths, offsets or coordinates. */
export type Vector = readonly [number, number, number];

/** 4 x 4 matrix by rows (16 numbers): voxel index (i, j, k, 1) -> RAS+ millimetres. */
export type Affine = readonly number[];

/** Arrays that hold voxels: float32 for images, float64 where a format asks for it, integers for labels. */
export type VoxelArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array;

/** A grid: how many voxels, and where they lie in the patient. */
export interface Grid {
  readonly shape: Shape;
  readonly affine: Affine;
}

/** Voxels on a grid, one or more channels. */
export interface Volume<Data extends VoxelArray = VoxelArray> extends Grid {
  readonly channels: number;
  /** Voxel (i, j, k) of channel c is at `i + shape[0] * (j + shape[1] * (k + shape[2] * c))`. */
  readonly data: Data;
}
