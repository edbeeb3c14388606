/** Which voxels a network sees of an image. */
import { UserError } from "../base/index.js";
import {
  type Axis,
  checkSize,
  type Grid,
  gridOfShape,
  gridWithSpacing,
  spacingOf,
  type Vector,
  type Volume,
} from "../volume/index.js";
import type { Preparation } from "./settings.js";

/** Sides that differ by no more than this share are one: files round them. */
const ALIKE = 1e-5;

/**
 * The grid that an image is brought to, with its centre and directions; the image itself where its voxels are wanted.
 *
 * @throws UserError naming the image where that grid would be too big for all channels
 */
export function preparedGrid(
  image: Grid & Pick<Volume, "channels">,
  { spacing, interpolation }: Pick<Preparation, "spacing" | "interpolation">,
  name: string,
): Grid {
  if (spacing.policy === "native") return image;
  try {
    const wanted = wantedSpacing(image, spacing);
    const grid = interpolation === "nnunet" ? stretchedGrid(image, wanted) : gridWithSpacing(image, wanted);
    checkSize("spacing", grid.shape, image.channels);
    return grid;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { subject, found, expected, advice } = error;
    throw new UserError({ subject: `${name}, ${subject}`, found, expected, advice, cause: error });
  }
}

function wantedSpacing(image: Grid, spacing: Exclude<Preparation["spacing"], { policy: "native" }>): Vector {
  if (spacing.policy === "fixed") return fixedSpacing(image, spacing.mm);
  return spacing.policy === "fit"
    ? fittedSpacing(image, spacing.voxels)
    : spacingWithin(image, spacing.voxels);
}

function fixedSpacing({ affine }: Grid, sides: readonly (number | null)[]): Vector {
  const own = spacingOf(affine);
  return sides.map((side, axis) => side ?? own[axis]!) as unknown as Vector;
}

/** As many voxels as fit, halves to the even number as Python rounds, stretched over the whole field of view. */
function stretchedGrid(grid: Grid, wanted: Vector): Grid {
  const own = spacingOf(grid.affine);
  const count = (axis: Axis): number => {
    const exact = (own[axis] / wanted[axis]) * grid.shape[axis];
    const rounded = Math.abs(exact % 1) === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
    return Math.max(1, rounded);
  };
  const shape = [count(0), count(1), count(2)] as const;
  checkSize("spacing", shape);
  return gridOfShape(grid, shape);
}

/** Between a slice's thickness and its finest side, above which nnU-Net resamples slice by slice. */
const THICK = 3;

/** The axis whose spacing alone is the greatest and more than three times the least, of the image or else of the grid it is brought to. */
export function thickAxis(image: Grid, target: Grid): Axis | undefined {
  for (const { affine } of [image, target]) {
    const sides = spacingOf(affine);
    const longest = Math.max(...sides);
    if (longest / Math.min(...sides) <= THICK) continue;
    const thick = ([0, 1, 2] as const).filter((axis) => longest / sides[axis] < 1 + ALIKE);
    return thick.length === 1 ? thick[0] : undefined;
  }
  return undefined;
}

function fittedSpacing({ shape, affine }: Grid, voxels: number): Vector {
  const own = spacingOf(affine);
  const isotropic = Math.max(...shape.map((size, axis) => size * own[axis]!)) / voxels;
  return [isotropic, isotropic, isotropic];
}

/**
 * The image's own spacing, with every side shorter than some length made that long: the least length with which the grid has
 * at most `voxels`. The finest axes give way first and thick slices stay as they are until all sides are alike, so nothing is
 * ever upsampled and for its number of voxels no grid has a shorter longest side. It asks for nothing but the image's size and
 * spacing, and so serves a mouse of 0.15 mm and a PET of 5 mm alike.
 */
function spacingWithin({ shape, affine }: Grid, voxels: number): Vector {
  const own = spacingOf(affine);
  const atLeast = (length: number): Vector => own.map((side) => Math.max(side, length)) as unknown as Vector;
  const count = (sides: Vector): number =>
    shape.reduce((all, size, axis) => all * Math.max(1, Math.round((size * own[axis]!) / sides[axis]!)), 1);
  if (count(own) <= voxels) return own;
  // With sides as long as the image is, one voxel is left.
  let [short, long] = [Math.min(...own), Math.max(...shape.map((size, axis) => size * own[axis]!))];
  while (long / short > 1 + ALIKE) {
    const middle = Math.sqrt(short * long);
    if (count(atLeast(middle)) <= voxels) long = middle;
    else short = middle;
  }
  return atLeast(long);
}
