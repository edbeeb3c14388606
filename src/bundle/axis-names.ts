/** What the axes of a prepared image are called in a verdict's words. */
import type { AxisNames } from "../ood/index.js";
import { type Grid, orientationOf } from "../volume/index.js";

const DIRECTIONS: readonly (readonly [string, string])[] = [
  ["LR", "from left to right"],
  ["PA", "from back to front"],
  ["IS", "from foot to head"],
];

/**
 * By the patient; "along the slices" for the axis along which slices are stacked in the file, its third.
 *
 * @param prepared the grid that the network sees
 * @param original the grid of the file
 */
export function axisNames(prepared: Pick<Grid, "affine">, original: Pick<Grid, "affine">): AxisNames {
  const directionOf = (letter: string): string =>
    DIRECTIONS.find(([letters]) => letters.includes(letter))![1];
  const ofSlices = directionOf(orientationOf(original.affine)[2]!);
  const names = [...orientationOf(prepared.affine)].map((letter) => {
    const direction = directionOf(letter);
    return direction === ofSlices ? "along the slices" : direction;
  });
  return [names[0]!, names[1]!, names[2]!];
}
