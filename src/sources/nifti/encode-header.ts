import {
  applyAffine,
  determinantOf,
  nearestRotation,
  sameGrid,
  spacingOf,
  type Volume,
} from "../../volume/index.js";
import { HEADER_BYTES, type HeaderFields } from "./header-fields.js";
import { setPlaceBytes } from "./place-bytes.js";

/** Greatest size of an axis in NIfTI-1, whose `dim` is 16 bits. */
const MOST_IN_NIFTI_1 = 32767;

const MILLIMETRES = 2;
const SCANNER = 1;

/** The fields of a header that say where its voxels lie. */
type PlaceFields = Pick<HeaderFields, "pixdim" | "units" | "qformCode" | "sformCode" | "quaternion" | "rows">;

export interface HeaderOptions {
  readonly datatype: number;
  /** Of one number. */
  readonly bits: number;
  readonly description: string;
  /** Header of the image that the volume is a result of. */
  readonly like?: HeaderFields;
}

/**
 * The bytes before the voxels of a little-endian single-file NIfTI: header and the four that say that no extension
 * follows. NIfTI-1, or NIfTI-2 when an axis is too long for it or `like` is one.
 *
 * Without `like` the affine goes into the sform (code 1, scanner), and into the qform, code 1 when the grid is a rotation
 * with spacings, else code 0 with the nearest rotation. With it, everything that says where the voxels lie is taken over
 * bit for bit: voxel sizes, both codes, quaternion, offsets, rows and units; of a big-endian file the same bits, turned.
 */
export function encodeHeader(
  volume: Volume,
  { datatype, bits, description, like }: HeaderOptions,
): Uint8Array {
  const version = like?.version === 2 || Math.max(...volume.shape, volume.channels) > MOST_IN_NIFTI_1 ? 2 : 1;
  const bytes = new Uint8Array(HEADER_BYTES[version] + 4);
  const view = new DataView(bytes.buffer);
  const short = (at: number, value: number): void => view.setInt16(at, value, true);
  const int = (at: number, value: number): void => view.setInt32(at, value, true);
  const long = (at: number, value: number): void => view.setBigInt64(at, BigInt(value), true);
  const float = (at: number, value: number): void => view.setFloat32(at, value, true);
  const double = (at: number, value: number): void => view.setFloat64(at, value, true);
  const each = (
    values: readonly number[],
    at: number,
    step: number,
    write: (at: number, value: number) => void,
  ) =>
    values.forEach((value, n) => {
      write(at + n * step, value);
    });

  const dim = [volume.channels > 1 ? 4 : 3, ...volume.shape, volume.channels, 1, 1, 1];
  const place = like ?? placeOf(volume);
  const pixdim = [...place.pixdim.slice(0, 4), 1, 1, 1, 1];

  if (version === 1) {
    int(0, HEADER_BYTES[1]);
    // "regular": a relic that some old readers ask for.
    bytes[38] = 0x72;
    each(dim, 40, 2, short);
    short(70, datatype);
    short(72, bits);
    each(pixdim, 76, 4, float);
    float(108, bytes.length);
    float(112, 1);
    bytes[123] = place.units;
    writeText(bytes, 148, description);
    short(252, place.qformCode);
    short(254, place.sformCode);
    each(place.quaternion, 256, 4, float);
    each(place.rows, 280, 4, float);
    writeText(bytes, 344, "n+1\0");
  } else {
    int(0, HEADER_BYTES[2]);
    writeText(bytes, 4, "n+2\0\r\n\x1a\n");
    short(12, datatype);
    short(14, bits);
    each(dim, 16, 8, long);
    each(pixdim, 104, 8, double);
    long(168, bytes.length);
    double(176, 1);
    writeText(bytes, 240, description);
    int(344, place.qformCode);
    int(348, place.sformCode);
    each(place.quaternion, 352, 8, double);
    each(place.rows, 400, 8, double);
    int(500, place.units);
  }
  if (like?.place.version === version) setPlaceBytes(bytes, like.place);
  return bytes;
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let n = 0; n < text.length; n++) bytes[at + n] = text.charCodeAt(n);
}

/** A place of our own making, in millimetres. */
function placeOf({ shape, affine }: Volume): PlaceFields {
  const spacing = spacingOf(affine);
  const rotation = nearestRotation(affine);
  const handedness = determinantOf(affine) < 0 ? -1 : 1;
  const rebuilt = [0, 1, 2]
    .flatMap((row) => [
      ...[0, 1, 2].map((column) => rotation[row * 3 + column]! * spacing[column]!),
      affine[row * 4 + 3]!,
    ])
    .concat(0, 0, 0, 1);
  // A hundredth of a voxel over the whole image: what float32 rounding of oblique headers stays under.
  const fits = sameGrid({ shape, affine }, { shape, affine: rebuilt }, 0.01 * Math.min(...spacing));
  const proper = rotation.map((value, at) => (at % 3 === 2 ? value * handedness : value));
  return {
    pixdim: [handedness, ...spacing],
    units: MILLIMETRES,
    qformCode: fits ? SCANNER : 0,
    sformCode: SCANNER,
    quaternion: [...quaternionOf(proper), ...applyAffine(affine, [0, 0, 0])],
    rows: affine.slice(0, 12),
  };
}

/** b, c, d of the unit quaternion (with a >= 0) of a rotation by rows: the greatest component first, for precision. */
function quaternionOf(r: readonly number[]): [number, number, number] {
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = r as number[];
  // Four times the squares of a, b, c, d.
  const squares = [1 + xx! + yy! + zz!, 1 + xx! - yy! - zz!, 1 - xx! + yy! - zz!, 1 - xx! - yy! + zz!];
  const greatest = squares.indexOf(Math.max(...squares));
  const twice = Math.sqrt(squares[greatest]!) * 2;
  const products = [
    [twice / 4, (zy! - yz!) / twice, (xz! - zx!) / twice, (yx! - xy!) / twice],
    [(zy! - yz!) / twice, twice / 4, (xy! + yx!) / twice, (xz! + zx!) / twice],
    [(xz! - zx!) / twice, (xy! + yx!) / twice, twice / 4, (yz! + zy!) / twice],
    [(yx! - xy!) / twice, (xz! + zx!) / twice, (yz! + zy!) / twice, twice / 4],
  ][greatest]!;
  const sign = products[0]! < 0 ? -1 : 1;
  return [products[1]! * sign, products[2]! * sign, products[3]! * sign];
}
