import type { Affine, Shape } from "../../volume/index.js";
import type { HeaderFields } from "./header-fields.js";

/** Where the affine comes from: the header's matrix, its quaternion, or voxel sizes alone. */
export type PlaceSource = "sform" | "qform" | "pixdim";

/**
 * The affine of a header: the sform when its code is not 0, else the qform when its code is not 0, else from voxel
 * sizes with the image's centre at the origin and the first axis running to the left; as `nibabel` (load, get_best_affine),
 * negative voxel sizes taken as positive and a qfac other than -1 as 1 along the way.
 *
 * Unlike nibabel, and like ITK, lengths in metres or microns (`xyzt_units`) are turned into millimetres, so that spacing,
 * volumes and distances are what they are called. Unknown units are millimetres.
 */
export function affineOf(fields: HeaderFields, shape: Shape): { affine: Affine; source: PlaceSource } {
  const source = placeSourceOf(fields);
  const rows = {
    sform: () => fields.rows,
    qform: () => qformRows(fields),
    pixdim: () => pixdimRows(fields, shape),
  };
  return { affine: affineInMillimetres(rows[source](), fields.units), source };
}

export const placeSourceOf = ({ sformCode, qformCode }: HeaderFields): PlaceSource =>
  sformCode !== 0 ? "sform" : qformCode !== 0 ? "qform" : "pixdim";

/** The affine that the quaternion and the voxel sizes give, whatever the codes. */
export const qformAffine = (fields: HeaderFields): Affine =>
  affineInMillimetres(qformRows(fields), fields.units);

function affineInMillimetres(rows: readonly number[], units: number): Affine {
  const scale = millimetresPerUnit(units);
  return [...rows.map((value) => value * scale), 0, 0, 0, 1];
}

/** Millimetres of the units of length: unknown (taken for millimetres), metre, millimetre, micron. */
const MILLIMETRES = [1, 1000, 1, 0.001];

/** `xyzt_units` holds the unit of length in its three lowest bits. */
const unitOfLength = (units: number): number => units & 7;

export const knownUnits = (units: number): boolean => unitOfLength(units) < MILLIMETRES.length;

export const millimetresPerUnit = (units: number): number => MILLIMETRES[unitOfLength(units)] ?? 1;

function spacingFrom(fields: HeaderFields): [number, number, number] {
  const size = (axis: number): number => Math.abs(fields.pixdim[axis]!);
  return [size(1), size(2), size(3)];
}

function pixdimRows(fields: HeaderFields, shape: Shape): number[] {
  const [x, y, z] = spacingFrom(fields);
  const [ni, nj, nk] = shape;
  // biome-ignore format: a matrix reads by rows
  return [
    -x, 0, 0, (x * (ni - 1)) / 2,
    0, y, 0, (-y * (nj - 1)) / 2,
    0, 0, z, (-z * (nk - 1)) / 2,
  ];
}

function qformRows(fields: HeaderFields): number[] {
  const [b, c, d, x, y, z] = fields.quaternion as number[];
  const squares = b! * b! + c! * c! + d! * d!;
  // Rounding in the file can leave a hair more or less than 1: a half turn then. 3 machine epsilons, as nibabel.
  const hair = 3 * (fields.version === 1 ? 2 ** -23 : 2 ** -52);
  const a = 1 - squares < hair ? 0 : Math.sqrt(1 - squares);
  // Dividing by the norm makes a unit quaternion of one that rounding has made longer.
  const s = 2 / (a * a + squares);
  const spacing = spacingFrom(fields);
  if (fields.pixdim[0] === -1) spacing[2] = -spacing[2];
  const [si, sj, sk] = spacing;
  // biome-ignore format: a matrix reads by rows
  return [
    (1 - s * (c! * c! + d! * d!)) * si, s * (b! * c! - a * d!) * sj, s * (b! * d! + a * c!) * sk, x!,
    s * (b! * c! + a * d!) * si, (1 - s * (b! * b! + d! * d!)) * sj, s * (c! * d! - a * b!) * sk, y!,
    s * (b! * d! - a * c!) * si, s * (c! * d! + a * b!) * sj, (1 - s * (b! * b! + c! * c!)) * sk, z!,
  ];
}
