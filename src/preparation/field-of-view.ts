/**
 * How large the images were that a network was trained on, in millimetres, and whether another image is of that size.
 * The preparation makes most networks blind to millimetres, so a header whose unit is wrong would go unnoticed.
 */

import { z } from "zod";
import { orientationOf, spacingOf } from "../volume/index.js";
import type { Grid, Vector } from "../volume/volume.js";

const millimetres = z.number().positive();
const sides = z.tuple([millimetres, millimetres, millimetres]);

/** Side lengths of a dataset's training images: left to right, back to front, feet to head. */
export const fieldOfViewSchema = z.strictObject({
  dataset: z.string().min(1).max(200),
  /** Of all images, along each axis by itself. */
  smallest: sides,
  largest: sides,
});

export type FieldOfView = z.output<typeof fieldOfViewSchema>;

/** An image may be this many times smaller or larger along an axis than any of a dataset: units go wrong by more. */
const TOLERANCE = 2;

const AXES = ["left to right", "back to front", "feet to head"] as const;
const LETTERS = ["LR", "PA", "IS"] as const;

/**
 * Side lengths of the box of all voxels, mm: along the voxel axes that follow the patient's left to right, back to front
 * and feet to head best, whatever their order and direction in the file.
 */
export function fieldOfViewOf({ shape, affine }: Grid): Vector {
  const spacing = spacingOf(affine);
  const letters = [...orientationOf(affine)];
  return LETTERS.map((pair) => {
    const axis = letters.findIndex((letter) => pair.includes(letter));
    return shape[axis]! * spacing[axis]!;
  }) as unknown as Vector;
}

/** @param grids of the files of a dataset's images, at least one */
export function fieldOfViewRange(dataset: string, grids: readonly Grid[]): FieldOfView {
  const all = grids.map(fieldOfViewOf);
  const over = (pick: (...values: number[]) => number): [number, number, number] => {
    const along = (axis: number): number => pick(...all.map((extent) => extent[axis]!));
    return [along(0), along(1), along(2)];
  };
  return { dataset, smallest: over(Math.min), largest: over(Math.max) };
}

/**
 * A sentence where an image is less than half or more than twice as large, along some axis, as all training images of
 * every dataset; undefined where it is of a size that some dataset had, or nothing is known of their sizes.
 *
 * @param ranges one for each dataset; a size between those of two datasets is neither's
 */
export function fieldOfViewWarning(ranges: readonly FieldOfView[], grid: Grid): string | undefined {
  const extent = fieldOfViewOf(grid);
  const misfits = ranges.map((range) => ({ range, axes: axesOutside(range, extent) }));
  if (misfits.length === 0 || misfits.some(({ axes }) => axes.length === 0)) return undefined;
  const { range, axes } = misfits.reduce((best, other) =>
    other.axes.length < best.axes.length ? other : best,
  );
  const sizes = axes.map(
    (axis) =>
      `${length(range.smallest[axis]!)} to ${length(range.largest[axis]!)} mm from ${AXES[axis]} (${range.dataset})`,
  );
  return `the image measures ${extent.map(length).join(" x ")} mm (${AXES.join(", ")}), training images ${sizes.join(
    ", ",
  )}; check the unit and the spacing in its header`;
}

const axesOutside = ({ smallest, largest }: FieldOfView, extent: Vector): number[] =>
  [0, 1, 2].filter(
    (axis) => extent[axis]! < smallest[axis]! / TOLERANCE || extent[axis]! > largest[axis]! * TOLERANCE,
  );

const length = (mm: number): string => String(Number(mm.toPrecision(3)));
