/** Whether two files mean the same grid, and what differs where they do not. */
import { applyAffine, nearestRotation, spacingOf } from "./affine.js";
import { orientationOf, reorient } from "./orientation.js";
import type { Grid, Vector, Volume, VoxelArray } from "./volume.js";

/** In voxels: how far apart the same voxel of two files may lie. */
const TOLERANCE = 0.1;
/** Radians. A header that states an oblique place as a quaternion in float32 turns it about its first voxel, at worst by 0.0011. */
const TURN = 1.2e-3;
/** In voxels, whatever the turn. */
const FURTHEST = 1;

/**
 * True where both files have the same shape and every voxel lies at the same place, but for what headers lose in
 * rounding. Measured in voxels (their shortest side), so that it means the same for a mouse and a man.
 */
export function sameFileGrid(a: Grid, b: Grid): boolean {
  if (a.shape.some((count, axis) => count !== b.shape[axis])) return false;
  const voxel = Math.min(...spacingOf(a.affine), ...spacingOf(b.affine));
  const [first] = cornersOf(a) as [Corner];
  return cornersOf(a).every(({ index, place }) => {
    const steps = distance(place, first.place) / voxel;
    const apart = distance(place, applyAffine(b.affine, index)) / voxel;
    return apart <= Math.min(FURTHEST, TOLERANCE + TURN * steps);
  });
}

/**
 * The volume with its axes in the order and directions of the grid's, where its voxels are those of the grid; no voxel
 * moves in the patient. Undefined where its voxels lie elsewhere.
 */
export function turnedOnto<Data extends VoxelArray>(
  volume: Volume<Data>,
  grid: Grid,
): Volume<Data> | undefined {
  if (sameFileGrid(volume, grid)) return volume;
  const orientation = orientationOf(grid.affine);
  if (orientation === orientationOf(volume.affine)) return undefined;
  const turned = reorient(volume, orientation);
  return sameFileGrid(turned, grid) ? turned : undefined;
}

/**
 * In words, the first thing in which `a` is not `b` (size, voxel size, directions of the axes, place) and how far apart
 * the corners are: "voxels of 1 x 1 x 2 mm instead of 1 x 1 x 1 mm, corners up to 30 mm apart".
 */
export function describeGridDifference(a: Grid, b: Grid): string {
  const shapes = [a, b].map(({ shape }) => shape.join(" x "));
  if (shapes[0] !== shapes[1]) return `${shapes[0]} voxels instead of ${shapes[1]}`;
  const apart = Math.max(
    ...cornersOf(a).map(({ index, place }) => distance(place, applyAffine(b.affine, index))),
  );
  return `${differingField(a, b)}, corners up to ${short(apart)} mm apart`;
}

function differingField(a: Grid, b: Grid): string {
  const [own, other] = [spacingOf(a.affine), spacingOf(b.affine)];
  if (own.some((mm, axis) => Math.abs(mm / other[axis]! - 1) > TURN)) {
    const [found, expected] = distinguishable(own, other);
    return `voxels of ${found.join(" x ")} mm instead of ${expected.join(" x ")} mm`;
  }
  const orientations = [a, b].map(({ affine }) => orientationOf(affine));
  if (orientations[0] !== orientations[1]) {
    return `axes that run ${orientations[0]} instead of ${orientations[1]}`;
  }
  const degrees = (angleBetween(a, b) * 180) / Math.PI;
  if (degrees > (TURN * 180) / Math.PI) return `axes turned by ${short(degrees)} degrees`;
  const [found, expected] = distinguishable(
    applyAffine(a.affine, [0, 0, 0]),
    applyAffine(b.affine, [0, 0, 0]),
  );
  return `a first voxel at (${found.join(", ")}) mm instead of (${expected.join(", ")}) mm`;
}

interface Corner {
  readonly index: Vector;
  readonly place: Vector;
}

/** The eight corners, the first voxel first. An axis of a single voxel still has a length. */
function cornersOf({ shape, affine }: Grid): Corner[] {
  return Array.from({ length: 8 }, (_, corner) => {
    const at = (axis: 0 | 1 | 2): number => ((corner >> axis) & 1 ? Math.max(1, shape[axis] - 1) : 0);
    const index: Vector = [at(0), at(1), at(2)];
    return { index, place: applyAffine(affine, index) };
  });
}

/** Radians between the directions of two grids. */
function angleBetween(a: Grid, b: Grid): number {
  const [own, other] = [nearestRotation(a.affine), nearestRotation(b.affine)];
  const trace = own.reduce((sum, value, at) => sum + value * other[at]!, 0);
  return Math.acos(Math.min(1, Math.max(-1, (trace - 1) / 2)));
}

const distance = (a: Vector, b: Vector): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Both with as many digits, from three on, as it takes to tell them apart. */
function distinguishable(a: Vector, b: Vector): [string[], string[]] {
  for (let digits = 3; ; digits++) {
    const texts = [a, b].map((vector) => vector.map((value) => String(Number(value.toPrecision(digits)))));
    if (digits >= 9 || texts[0]!.join() !== texts[1]!.join()) return texts as [string[], string[]];
  }
}
