import { type PlaceBytes, placeBytesOf } from "./place-bytes.js";

/**
 * The fields of a NIfTI header that matter for voxels and their place, as they stand in the file.
 *
 * nifti1.h and nifti2.h give the offsets. Our own reading, not nifti-reader-js 0.8: against nibabel on this project's
 * fixtures it gives other affines where the qform's code is greater than the sform's, where NIfTI-2 has a qform alone,
 * where there is neither, and where voxel sizes are 0 or negative.
 */
export interface HeaderFields {
  readonly version: 1 | 2;
  readonly littleEndian: boolean;
  /** All eight numbers of `dim`; the first is how many of the others count. */
  readonly dim: readonly number[];
  readonly datatype: number;
  readonly pixdim: readonly number[];
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d of the unit quaternion, then the three offsets. */
  readonly quaternion: readonly number[];
  /** Three rows of four. */
  readonly rows: readonly number[];
  /** What of these says where the voxels lie, as it stands in the file. */
  readonly place: PlaceBytes;
}

/** How a file's first bytes introduce themselves. */
export type Introduction =
  | { readonly kind: "nifti"; readonly version: 1 | 2; readonly littleEndian: boolean }
  /** The header of a .hdr/.img pair, whose voxels are in another file. */
  | { readonly kind: "pair" }
  /** ANALYZE 7.5: the same header length without NIfTI's magic words, and no orientation. */
  | { readonly kind: "analyze" };

/** Bytes of the header itself, by version. */
export const HEADER_BYTES = { 1: 348, 2: 540 } as const;

/** What the first bytes say, or undefined when they are no NIfTI header. */
export function introductionOf(start: Uint8Array): Introduction | undefined {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const littleEndian = start.length >= 4 && [348, 540].includes(view.getInt32(0, true));
  const size = start.length >= 4 ? view.getInt32(0, littleEndian) : 0;
  if (size === 540) {
    const magic = textAt(start, 4, 8);
    // The four characters after the word are there to show damage by text-mode transfers.
    if (magic === "n+2\0\r\n\x1a\n") return { kind: "nifti", version: 2, littleEndian };
    if (magic === "ni2\0\r\n\x1a\n") return { kind: "pair" };
    return undefined;
  }
  if (size !== 348) return undefined;
  const magic = textAt(start, 344, 4);
  if (magic === "n+1\0") return { kind: "nifti", version: 1, littleEndian };
  if (magic === "ni1\0") return { kind: "pair" };
  return { kind: "analyze" };
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** Fields of a whole header (348 or 540 bytes) in version and byte order of its introduction. */
export function readFields(
  bytes: Uint8Array,
  { version, littleEndian }: Pick<HeaderFields, "version" | "littleEndian">,
): HeaderFields {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const many = (count: number, at: number, step: number, read: (at: number) => number): number[] =>
    Array.from({ length: count }, (_, n) => read(at + n * step));
  const short = (at: number): number => view.getInt16(at, littleEndian);
  const int = (at: number): number => view.getInt32(at, littleEndian);
  const long = (at: number): number => Number(view.getBigInt64(at, littleEndian));
  const float = (at: number): number => view.getFloat32(at, littleEndian);
  const double = (at: number): number => view.getFloat64(at, littleEndian);
  const place = placeBytesOf(bytes, { version, littleEndian });
  if (version === 1) {
    return {
      version,
      littleEndian,
      dim: many(8, 40, 2, short),
      datatype: short(70),
      pixdim: many(8, 76, 4, float),
      voxOffset: float(108),
      slope: float(112),
      intercept: float(116),
      units: view.getUint8(123),
      qformCode: short(252),
      sformCode: short(254),
      quaternion: many(6, 256, 4, float),
      rows: many(12, 280, 4, float),
      place,
    };
  }
  return {
    version,
    littleEndian,
    dim: many(8, 16, 8, long),
    datatype: short(12),
    pixdim: many(8, 104, 8, double),
    voxOffset: long(168),
    slope: double(176),
    intercept: double(184),
    units: int(500),
    qformCode: int(344),
    sformCode: int(348),
    quaternion: many(6, 352, 8, double),
    rows: many(12, 400, 8, double),
    place,
  };
}
