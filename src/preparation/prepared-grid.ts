/** Which voxels a network sees of an image. */
import { UserError } from "../base/index.js";
import {
  checkSize,
  type Grid,
  gridWithSpacing,
  spacingOf,
  type Vector,
  type Volume,
} from "../volume/index.js";
import type { Preparation } from "./settings.js";

/**
 * The grid that an image is brought to, with its centre and directions; the image itself where its voxels are wanted.
 *
 * @throws UserError naming the image where that grid would be too big for all channels
 */
export function preparedGrid(image: Volume, spacing: Preparation["spacing"], name: string): Grid {
  if (spacing.policy === "native") return image;
  try {
    const wanted =
      spacing.policy === "fixed" ? fixedSpacing(image, spacing.mm) : fittedSpacing(image, spacing.voxels);
    const grid = gridWithSpacing(image, wanted);
    checkSize("spacing", grid.shape, image.channels);
    return grid;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { subject, found, expected, advice } = error;
    throw new UserError({ subject: `${name}, ${subject}`, found, expected, advice, cause: error });
  }
}

function fixedSpacing({ affine }: Grid, sides: readonly (number | null)[]): Vector {
  const own = spacingOf(affine);
  return sides.map((side, axis) => side ?? own[axis]!) as unknown as Vector;
}

function fittedSpacing({ shape, affine }: Grid, voxels: number): Vector {
  const own = spacingOf(affine);
  const isotropic = Math.max(...shape.map((size, axis) => size * own[axis]!)) / voxels;
  return [isotropic, isotropic, isotropic];
}
