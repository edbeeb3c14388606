/** Which voxels a network sees of an image. */
import { UserError } from "../base/index.js";
import { type Grid, gridWithSpacing, spacingOf, type Vector } from "../volume/index.js";
import type { Preparation } from "./settings.js";

/**
 * The grid that an image is brought to, with its centre and directions; the image itself where its voxels are wanted.
 *
 * @throws UserError naming the image where that grid would be too big
 */
export function preparedGrid(grid: Grid, spacing: Preparation["spacing"], name: string): Grid {
  if (spacing.policy === "native") return grid;
  try {
    return gridWithSpacing(
      grid,
      spacing.policy === "fixed" ? spacing.mm : fittedSpacing(grid, spacing.voxels),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { subject, found, expected, advice } = error;
    throw new UserError({ subject: `${name}, ${subject}`, found, expected, advice, cause: error });
  }
}

function fittedSpacing({ shape, affine }: Grid, voxels: number): Vector {
  const own = spacingOf(affine);
  const isotropic = Math.max(...shape.map((size, axis) => size * own[axis]!)) / voxels;
  return [isotropic, isotropic, isotropic];
}
