/** Frames of one direction as an evenly spaced stack of slices, or the sentence that says why they are none. */
import { UserError } from "../../base/index.js";
import type { Frame } from "./instance.js";

/** Slices in their order in space, evenly spaced along their normal. */
export interface Stack {
  /** Rising along the normal: the cross product of the directions of rising column and row index. */
  readonly frames: readonly Frame[];
  /** From one slice to the next, LPS, mm: first to last over the number of steps. */
  readonly step: readonly [number, number, number];
  /** mm along the normal, above 0. */
  readonly spacing: number;
}

/** Slices nearer than this, in mm along the normal, lie in one place. */
export const SAME_PLACE_MM = 1e-3;

/**
 * Most that a gap may differ from the mean gap, as a part of it: scanners and anonymisers round positions, some by 1 %
 * of the spacing at both ends of a gap.
 */
const GAP_TOLERANCE = 0.025;

/** Most that a slice may lie off its place on the even grid, as a part of the spacing: no drift adds up to a slice. */
const PLACE_TOLERANCE = 0.1;

/** Most in-plane slip from slice to slice, as a part of the spacing: 0.6 degrees. */
const SLIP_TOLERANCE = 0.01;

type Vector = readonly [number, number, number];

/** The cross product of the two directions. */
export function normalOf([a, b, c, d, e, f]: readonly number[]): Vector {
  return [b! * f! - c! * e!, c! * d! - a! * f!, a! * e! - b! * d!];
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;

/** Where a frame lies along a normal, mm. */
export const distanceAlong = (normal: Vector, { position }: Frame): number => dot(normal, position);

/** Frames in their order along the normal, for the checks. */
interface Sorted {
  /** For errors. */
  readonly name: string;
  readonly frames: readonly Frame[];
  /** Where each lies along the normal, mm. */
  readonly places: readonly number[];
  /** From each to the next, mm. */
  readonly gaps: readonly number[];
}

/**
 * @param frames of one direction
 * @param name for errors
 * @throws UserError naming the slice (its number in the sorted series, from 1, and its place along the normal) where
 *   there is only one, sizes are mixed, slices are missing, twice there or unevenly spaced, or the gantry was tilted
 */
export function stackOf(frames: readonly Frame[], name: string): Stack {
  const sorted = sortedAlongNormal(frames, name);
  refuseSingle(sorted);
  refuseMixedSizes(sorted);
  refuseRepeats(sorted);
  refuseMissing(sorted);
  const steps = sorted.gaps.length;
  const spacing = (sorted.places[steps]! - sorted.places[0]!) / steps;
  refuseUneven(sorted, spacing);
  const [first, last] = [sorted.frames[0]!.position, sorted.frames[steps]!.position];
  const step = [0, 1, 2].map((axis) => (last[axis]! - first[axis]!) / steps) as unknown as Vector;
  refuseTilt(sorted, step, spacing);
  refuseShifted(sorted, step, spacing);
  return { frames: sorted.frames, step, spacing };
}

function sortedAlongNormal(frames: readonly Frame[], name: string): Sorted {
  const normal = normalOf(frames[0]!.orientation);
  const pairs = frames
    .map((frame) => ({ frame, place: distanceAlong(normal, frame) }))
    .sort((a, b) => a.place - b.place);
  const places = pairs.map(({ place }) => place);
  const gaps = places.slice(1).map((place, at) => place - places[at]!);
  return { name, frames: pairs.map(({ frame }) => frame), places, gaps };
}

const sliceText = ({ places }: Sorted, index: number): string =>
  `slice ${index + 1} (at ${places[index]!.toFixed(2)} mm)`;

function refusal({ name }: Sorted, found: string, expected: string, advice: string): UserError {
  return new UserError({ subject: name, found, expected, advice });
}

function refuseSingle(sorted: Sorted): void {
  if (sorted.frames.length > 1) return;
  throw refusal(
    sorted,
    sorted.frames[0]!.localizer ? "a localizer: a single projection or slice" : "a single slice",
    "a series of slices that make a volume",
    "Give the whole series.",
  );
}

function refuseMixedSizes(sorted: Sorted): void {
  const size = ({ instance, pixelSpacing }: Frame): string =>
    `${instance.stored.columns} x ${instance.stored.rows} voxels of ${pixelSpacing[1].toFixed(3)} x ${pixelSpacing[0].toFixed(3)} mm`;
  const sizes = sorted.frames.map(size);
  const other = sizes.findIndex((text) => text !== sizes[0]);
  if (other < 0) return;
  throw refusal(
    sorted,
    `${sliceText(sorted, other)} of ${sizes[other]} after slices of ${sizes[0]}`,
    "slices of one size",
    "Part the series by the size of its images, and give one part.",
  );
}

function refuseRepeats(sorted: Sorted): void {
  const twice = sorted.gaps.findIndex((gap) => gap < SAME_PLACE_MM);
  if (twice < 0) return;
  throw refusal(
    sorted,
    `${sliceText(sorted, twice)} twice: slice ${twice + 2} of the sorted series lies in the same place`,
    "one slice in each place",
    "Remove the copy, or part the images that were stored in one series.",
  );
}

function refuseMissing(sorted: Sorted): void {
  const { gaps } = sorted;
  // Of many gaps the usual one is the median; of a few, one missing slice must not pass for the usual.
  const usual = [...gaps].sort((a, b) => a - b)[(gaps.length - 1) >> 1]!;
  const wide = gaps.findIndex((gap) => gap > 1.5 * usual);
  if (wide < 0) return;
  const missing = Math.max(1, Math.round(gaps[wide]! / usual) - 1);
  throw refusal(
    sorted,
    `a gap of ${gaps[wide]!.toFixed(2)} mm between ${sliceText(sorted, wide)} and ${sliceText(sorted, wide + 1)}, where others are ${usual.toFixed(2)} mm: ${missing === 1 ? "a slice is" : `${missing} slices are`} missing`,
    "slices at even distances",
    "Fetch the whole series; slices that were never taken cannot be made up.",
  );
}

function refuseUneven(sorted: Sorted, spacing: number): void {
  const { places, gaps } = sorted;
  const uneven = gaps.findIndex((gap) => Math.abs(gap - spacing) > GAP_TOLERANCE * spacing);
  const drifted = places.findIndex(
    (place, index) => Math.abs(place - places[0]! - index * spacing) > PLACE_TOLERANCE * spacing,
  );
  if (uneven < 0 && drifted < 0) return;
  const at = uneven >= 0 ? uneven : drifted - 1;
  throw refusal(
    sorted,
    `slices at uneven distances: ${gaps[at]!.toFixed(3)} mm between ${sliceText(sorted, at)} and ${sliceText(sorted, at + 1)}, ${spacing.toFixed(3)} mm on average`,
    "slices at even distances",
    "Reconstruct the series with one distance between slices, or resample it with a tool that knows uneven slices.",
  );
}

/** Slices that slip within their plane from one to the next: a tilted gantry, whatever its tag says. */
function refuseTilt(sorted: Sorted, step: Vector, spacing: number): void {
  const slip = Math.sqrt(Math.max(0, dot(step, step) - spacing * spacing));
  if (slip <= SLIP_TOLERANCE * spacing) return;
  const degrees = (Math.atan2(slip, spacing) * 180) / Math.PI;
  throw refusal(
    sorted,
    `slices that slip by ${slip.toFixed(3)} mm each within their plane: the gantry was tilted by ${degrees.toFixed(1)} degrees`,
    "slices that lie straight above each other",
    "Resample the series to a right-angled grid first, for example with dcm2niix, which writes a corrected volume.",
  );
}

/** Slices that are shifted within their plane against the others. */
function refuseShifted(sorted: Sorted, step: Vector, spacing: number): void {
  const start = sorted.frames[0]!.position;
  const shifted = sorted.frames.findIndex(({ position }, index) => {
    const shift = [0, 1, 2].map((axis) => position[axis]! - start[axis]! - index * step[axis]!);
    return Math.hypot(...shift) > PLACE_TOLERANCE * spacing;
  });
  if (shifted < 0) return;
  throw refusal(
    sorted,
    `${sliceText(sorted, shifted)} shifted within its plane against the others`,
    "slices that lie straight above each other",
    "Part the images that were stored in one series, and give one part.",
  );
}
