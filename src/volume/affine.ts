import type { Affine, Vector } from "./volume.js";

/**
 * 4 x 4 affine matrices by rows, voxel index -> RAS+ millimetres: making, reading, joining and inverting them.
 */

/** An axis-aligned RAS+ affine: spacing in mm along i, j, k; `origin` is where voxel (0, 0, 0) lies, in mm. */
export function affineFromSpacing(spacing: Vector, origin: Vector = [0, 0, 0]): Affine {
  // biome-ignore format: a matrix reads by rows
  return [
    spacing[0], 0, 0, origin[0],
    0, spacing[1], 0, origin[1],
    0, 0, spacing[2], origin[2],
    0, 0, 0, 1,
  ];
}

/** Distance in mm between neighbouring voxels along i, j and k: the norms of the affine's first three columns. */
export function spacingOf(affine: Affine): Vector {
  return [columnNorm(affine, 0), columnNorm(affine, 1), columnNorm(affine, 2)];
}

function columnNorm(affine: Affine, column: number): number {
  return Math.hypot(affine[column]!, affine[4 + column]!, affine[8 + column]!);
}

/** Where voxel index (or any point) `point` lies under `affine`. */
export function applyAffine(affine: Affine, point: Vector): Vector {
  const [x, y, z] = point;
  return [
    affine[0]! * x + affine[1]! * y + affine[2]! * z + affine[3]!,
    affine[4]! * x + affine[5]! * y + affine[6]! * z + affine[7]!,
    affine[8]! * x + affine[9]! * y + affine[10]! * z + affine[11]!,
  ];
}

/** `a` after `b`: the matrix product a b. */
export function multiplyAffines(a: Affine, b: Affine): Affine {
  const product: number[] = [];
  for (let row = 0; row < 4; row++) {
    for (let column = 0; column < 4; column++) {
      let sum = 0;
      for (let inner = 0; inner < 4; inner++) sum += a[row * 4 + inner]! * b[inner * 4 + column]!;
      product.push(sum);
    }
  }
  return product;
}

/** Determinant of the 3 x 3 part: signed volume of one voxel in mm^3 (divide by 1000 for ml). */
export function determinantOf(affine: Affine): number {
  const [a, b, c, , d, e, f, , g, h, i] = affine as number[];
  return a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
}

/** True when all 16 numbers are finite and no axis is lost: the matrix can be inverted. */
export function isUsableAffine(affine: Affine): boolean {
  if (affine.length !== 16 || !affine.every(Number.isFinite)) return false;
  const [x, y, z] = spacingOf(affine);
  const box = x * y * z;
  return box > 0 && Number.isFinite(box) && Math.abs(determinantOf(affine)) > 1e-6 * box;
}

/** The inverse: RAS+ millimetres -> voxel index. Throws RangeError when the matrix has none. */
export function invertAffine(affine: Affine): Affine {
  if (!isUsableAffine(affine)) throw new RangeError(`affine has no inverse: ${affine.join(" ")}`);
  const [a, b, c, x, d, e, f, y, g, h, i, z] = affine as number[];
  const determinant = determinantOf(affine);
  // biome-ignore format: a matrix reads by rows
  const inverse = [
    e! * i! - f! * h!, c! * h! - b! * i!, b! * f! - c! * e!,
    f! * g! - d! * i!, a! * i! - c! * g!, c! * d! - a! * f!,
    d! * h! - e! * g!, b! * g! - a! * h!, a! * e! - b! * d!,
  ].map((cofactor) => cofactor / determinant);
  const shift = (row: number): number =>
    -(inverse[row * 3]! * x! + inverse[row * 3 + 1]! * y! + inverse[row * 3 + 2]! * z!);
  // biome-ignore format: a matrix reads by rows
  return [
    inverse[0]!, inverse[1]!, inverse[2]!, shift(0),
    inverse[3]!, inverse[4]!, inverse[5]!, shift(1),
    inverse[6]!, inverse[7]!, inverse[8]!, shift(2),
    0, 0, 0, 1,
  ];
}

/**
 * The rotation (or rotation with mirror) nearest to the affine's directions: the orthogonal polar factor of its unit
 * columns, 3 x 3 by rows. Newton's iteration (Higham, "Computing the polar decomposition", 1986): X <- (X + X^-T) / 2.
 */
export function nearestRotation(affine: Affine): number[] {
  const spacing = spacingOf(affine);
  let current: Affine = [0, 1, 2]
    .flatMap((row) => [0, 1, 2].map((column) => affine[row * 4 + column]! / spacing[column]!).concat(0))
    .concat(0, 0, 0, 1);
  for (let step = 0; step < 100; step++) {
    const inverse = invertAffine(current);
    const next = current.map((value, at) => {
      const row = at >> 2;
      const column = at & 3;
      return row === 3 || column === 3 ? value : (value + inverse[column * 4 + row]!) / 2;
    });
    const change = next.reduce((most, value, at) => Math.max(most, Math.abs(value - current[at]!)), 0);
    current = next;
    if (change < 1e-15) break;
  }
  return [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => current[row * 4 + column]!));
}
