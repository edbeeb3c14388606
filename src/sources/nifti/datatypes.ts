/**
 * NIfTI's voxel types (nifti1.h, "datatype" codes). Types with several numbers a voxel have a name only, for errors:
 * a segmentation works on one number a voxel and channel.
 */
import type { Datatype } from "../voxels.js";

/** The types that are read, by code. */
export const DATATYPES: ReadonlyMap<number, { readonly name: Datatype; readonly bytes: 1 | 2 | 4 | 8 }> =
  new Map([
    [2, { name: "uint8", bytes: 1 }],
    [4, { name: "int16", bytes: 2 }],
    [8, { name: "int32", bytes: 4 }],
    [16, { name: "float32", bytes: 4 }],
    [64, { name: "float64", bytes: 8 }],
    [256, { name: "int8", bytes: 1 }],
    [512, { name: "uint16", bytes: 2 }],
    [768, { name: "uint32", bytes: 4 }],
    [1024, { name: "int64", bytes: 8 }],
    [1280, { name: "uint64", bytes: 8 }],
  ]);

/** The types that are not, by code. */
export const REFUSED_DATATYPES: ReadonlyMap<number, string> = new Map([
  [1, "1-bit"],
  [32, "complex64"],
  [128, "RGB colour"],
  [1536, "float128"],
  [1792, "complex128"],
  [2048, "complex256"],
  [2304, "RGBA colour"],
]);
