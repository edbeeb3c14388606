/** What a header leaves open about its place, or says twice and differently. */
import { type Affine, applyAffine, type Shape, spacingOf, type Vector } from "../../volume/index.js";
import type { HeaderFields } from "./header-fields.js";
import { affineOf, millimetresPerUnit, qformAffine } from "./place.js";

/** Forms that differ by less than this share of a voxel anywhere in the image say the same. */
const SAME_PLACE = 0.1;
/** Voxel sizes that differ by less than this share are the same but for rounding. */
const SAME_SIZE = 1e-3;

/** Sentences for people, without the file's name. */
export function placeWarnings(fields: HeaderFields, shape: Shape): string[] {
  if (fields.sformCode === 0 && fields.qformCode === 0) {
    return [
      "its header does not say where it lies or which side is left (both codes are 0); results say no more than it does",
    ];
  }
  return [...differingForms(fields, shape), ...differingSpacing(fields, shape)];
}

function differingForms(fields: HeaderFields, shape: Shape): string[] {
  if (fields.sformCode === 0 || fields.qformCode === 0) return [];
  const { affine } = affineOf(fields, shape);
  const apart = furthestCorner(affine, qformAffine(fields), shape);
  if (apart <= SAME_PLACE * Math.min(...spacingOf(affine))) return [];
  return [
    `its sform (code ${fields.sformCode}) and its qform (code ${fields.qformCode}) lie up to ${short(apart)} mm apart; the sform is used, other programs may use the qform`,
  ];
}

function differingSpacing(fields: HeaderFields, shape: Shape): string[] {
  if (fields.sformCode === 0) return [];
  const scale = millimetresPerUnit(fields.units);
  const stated = [1, 2, 3].map((axis) => Math.abs(fields.pixdim[axis]!) * scale);
  const used = spacingOf(affineOf(fields, shape).affine);
  const same = stated.every((mm, axis) => Math.abs(mm / used[axis]! - 1) <= SAME_SIZE);
  if (same) return [];
  return [
    `its voxel sizes (pixdim) are ${stated.map(short).join(" x ")} mm, those of its sform ${used.map(short).join(" x ")} mm; the sform's are used`,
  ];
}

function furthestCorner(a: Affine, b: Affine, shape: Shape): number {
  const distances = Array.from({ length: 8 }, (_, corner) => {
    const voxel = shape.map((size, axis) => ((corner >> axis) & 1 ? size - 1 : 0)) as unknown as Vector;
    const [p, q] = [applyAffine(a, voxel), applyAffine(b, voxel)];
    return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
  });
  // A quaternion that is none gives no distance: the forms differ beyond words.
  return Math.max(...distances.map((mm) => (Number.isNaN(mm) ? Number.POSITIVE_INFINITY : mm)));
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
