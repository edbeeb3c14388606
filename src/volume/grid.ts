import { UserError } from "../base/index.js";
import { applyAffine, spacingOf } from "./affine.js";
import type { Grid, Shape, Vector } from "./volume.js";

/**
 * Most voxels (all channels together) that one volume may have: 2^30, 4 GiB of float32. Asked before memory is taken,
 * so that a spacing of 0.001 mm in a configuration is an error with a sentence and not a crash.
 */
export const MAX_VOXELS = 2 ** 30;

/** Most bytes that the voxels of one volume may take: those of MAX_VOXELS in float32. */
export const MAX_BYTES = 4 * MAX_VOXELS;

/** Number of voxels of one channel. */
export function voxelCount(shape: Shape): number {
  return shape[0] * shape[1] * shape[2];
}

/**
 * Throws UserError when a grid of `shape` and `channels` would have no voxels, parts of voxels, too many, or too many
 * bytes of them: `voxelBytes` of each, 4 for float32.
 */
export function checkSize(subject: string, shape: Shape, channels = 1, voxelBytes = 4): void {
  const whole = [...shape, channels].every((count) => Number.isInteger(count) && count > 0);
  const voxels = voxelCount(shape) * channels;
  if (whole && voxels <= MAX_VOXELS && voxels * voxelBytes <= MAX_BYTES) return;
  throw new UserError({
    subject,
    found: `a grid of ${shape.join(" x ")} voxels and ${channels} channel${channels === 1 ? "" : "s"}`,
    expected: `at least one voxel along each axis and at most ${Math.min(MAX_VOXELS, MAX_BYTES / voxelBytes)} in all`,
    advice: "Check the image's size and the spacing asked for, or crop the image first.",
  });
}

/**
 * True when both grids have the same shape and every voxel lies at the same place within `toleranceMm`: the eight
 * corners are compared, where two affine grids differ most.
 */
export function sameGrid(a: Grid, b: Grid, toleranceMm = 1e-3): boolean {
  if (a.shape.some((count, axis) => count !== b.shape[axis])) return false;
  for (let corner = 0; corner < 8; corner++) {
    const point: Vector = [
      corner & 1 ? a.shape[0] - 1 : 0,
      corner & 2 ? a.shape[1] - 1 : 0,
      corner & 4 ? a.shape[2] - 1 : 0,
    ];
    const [ax, ay, az] = applyAffine(a.affine, point);
    const [bx, by, bz] = applyAffine(b.affine, point);
    if (!(Math.hypot(ax - bx, ay - by, az - bz) <= toleranceMm)) return false;
  }
  // A single voxel has no second corner along an axis, but it still has a size.
  return spacingOf(a.affine).every((mm, axis) => Math.abs(mm - spacingOf(b.affine)[axis]!) <= toleranceMm);
}

/** A grid of `shape` whose voxel (0, 0, 0) is voxel `first` of another, with the same spacing and directions. */
export function shiftedGrid({ affine }: Grid, first: Vector, shape: Shape): Grid {
  const [x, y, z] = applyAffine(affine, first);
  const moved = [...affine];
  moved[3] = x;
  moved[7] = y;
  moved[11] = z;
  return { shape, affine: moved };
}

/**
 * A grid with the same directions, centre and field of view, and `spacing` in mm along its own axes. The number of
 * voxels is the field of view over the spacing, rounded (at least 1), so every new voxel centre lies inside the old
 * field of view.
 */
export function gridWithSpacing(grid: Grid, spacing: Vector): Grid {
  if (!spacing.every((mm) => Number.isFinite(mm) && mm > 0)) {
    throw new UserError({
      subject: "spacing",
      found: `${spacing.join(" x ")} mm`,
      expected: "three finite lengths above 0",
      advice: "Give the spacing in millimetres along the image's three axes.",
    });
  }
  const old = spacingOf(grid.affine);
  const shape = grid.shape.map((count, axis) =>
    Math.max(1, Math.round((count * old[axis]!) / spacing[axis]!)),
  ) as unknown as Shape;
  checkSize("spacing", shape);
  const affine = [...grid.affine];
  for (let row = 0; row < 3; row++) {
    let origin = grid.affine[row * 4 + 3]!;
    for (let axis = 0; axis < 3; axis++) {
      const step = (grid.affine[row * 4 + axis]! * spacing[axis]!) / old[axis]!;
      origin += (grid.affine[row * 4 + axis]! * (grid.shape[axis]! - 1) - step * (shape[axis]! - 1)) / 2;
      affine[row * 4 + axis] = step;
    }
    affine[row * 4 + 3] = origin;
  }
  return { shape, affine };
}

/** A grid of `shape` voxels over exactly the same field of view. */
export function gridOfShape(grid: Grid, shape: Shape): Grid {
  const own = spacingOf(grid.affine);
  const side = (axis: 0 | 1 | 2): number => (own[axis] * grid.shape[axis]) / shape[axis];
  return gridWithSpacing(grid, [side(0), side(1), side(2)]);
}
