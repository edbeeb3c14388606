/** What a header leaves open about its place, or says twice and differently. */
import {
  describeGridDifference,
  type Grid,
  isUsableAffine,
  type Shape,
  sameFileGrid,
  spacingOf,
} from "../../volume/index.js";
import type { HeaderFields } from "./header-fields.js";
import { affineOf, knownUnits, millimetresPerUnit, placeSourceOf, qformAffine } from "./place.js";

/** Voxel sizes that differ by less than this share are the same but for rounding. */
const SAME_SIZE = 1e-3;

/** A quaternion that is longer than 1 by more than this is not one that rounding made so. */
const TOO_LONG = 1e-3;

/** Sentences for people, without the file's name. */
export function placeWarnings(fields: HeaderFields, shape: Shape): string[] {
  return [strangeUnits(fields), ...placesStated(fields, shape)].filter((text) => text !== undefined);
}

function strangeUnits({ units }: HeaderFields): string | undefined {
  if (knownUnits(units)) return undefined;
  return `its unit of length (xyzt_units ${units}) is none that NIfTI has; millimetres are assumed`;
}

function placesStated(fields: HeaderFields, shape: Shape): (string | undefined)[] {
  switch (placeSourceOf(fields)) {
    case "pixdim":
      return [
        "its header does not say where it lies or which side is left (both codes are 0); results say no more than it does",
      ];
    case "qform":
      return [strangeQuaternion(fields)];
    case "sform":
      return [differingForms(fields, shape), differingSpacing(fields, shape)];
  }
}

function strangeQuaternion({ quaternion }: HeaderFields): string | undefined {
  const length = Math.hypot(...quaternion.slice(0, 3));
  if (length <= 1 + TOO_LONG) return undefined;
  return `its qform (quatern_b, c, d) is no rotation (length ${short(length)}); the nearest one is used`;
}

function differingForms(fields: HeaderFields, shape: Shape): string | undefined {
  if (fields.qformCode === 0) return undefined;
  const [used, other] = [affineOf(fields, shape).affine, qformAffine(fields)];
  const forms = `its sform (code ${fields.sformCode}) and its qform (code ${fields.qformCode})`;
  if (!isUsableAffine(other)) return `${forms} differ: the qform gives no place; the sform is used`;
  const grids = [used, other].map((affine) => ({ shape, affine })) as [Grid, Grid];
  if (sameFileGrid(...grids)) return undefined;
  return `${forms} differ: ${describeGridDifference(...grids)}; the sform is used, other programs may use the qform`;
}

function differingSpacing(fields: HeaderFields, shape: Shape): string | undefined {
  const scale = millimetresPerUnit(fields.units);
  const stated = [1, 2, 3].map((axis) => Math.abs(fields.pixdim[axis]!) * scale);
  const used = spacingOf(affineOf(fields, shape).affine);
  if (stated.every((mm, axis) => Math.abs(mm / used[axis]! - 1) <= SAME_SIZE)) return undefined;
  return `its voxel sizes (pixdim) are ${stated.map(short).join(" x ")} mm, those of its sform ${used.map(short).join(" x ")} mm; the sform's are used`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
