/**
 * From any image to what a network sees, and back.
 *
 * Every step depends on the image and its modality alone, never on the dataset that it came from: the network is not
 * told either. Steps: canonical orientation; crop to what is not air; resampling; intensities.
 */

import { z } from "zod";
import { UserError } from "../base/index.js";
import { spacingOf } from "../volume/affine.js";
import { type Box, boundingBox } from "../volume/bounding-box.js";
import { connectedComponents } from "../volume/connected-components.js";
import { crop } from "../volume/crop.js";
import { gridWithSpacing, sameGrid, voxelCount } from "../volume/grid.js";
import { reorient } from "../volume/orientation.js";
import { percentilesOf } from "../volume/percentiles.js";
import { resample } from "../volume/resample.js";
import { resampleLabels } from "../volume/resample-labels.js";
import type { Grid, Shape, Vector, Volume } from "../volume/volume.js";

export const modalities = ["CT", "MR", "PET", "US", "other"] as const;
export type Modality = (typeof modalities)[number];

/** A range the wrong way round would make every image flat. */
const ascending = "expected the lower number before the higher one";

const millimetres = z.number().positive().max(100);

export const preparationSchema = z.strictObject({
  /** Crop to the part of the image that is not air. */
  cropToForeground: z.boolean().default(true),
  spacing: z
    .discriminatedUnion("policy", [
      z.strictObject({ policy: z.literal("native") }),
      z.strictObject({ policy: z.literal("fixed"), mm: z.tuple([millimetres, millimetres, millimetres]) }),
      /** Isotropic voxels such that the longest side of the image has this many. */
      z.strictObject({ policy: z.literal("fit"), voxels: z.int().min(16).max(512) }),
    ])
    .default({ policy: "fit", voxels: 64 }),
  interpolation: z.enum(["linear", "cubic"]).default("linear"),
  /** CT intensities are clipped to this range before the z-score (Hounsfield units). */
  ctWindow: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high, ascending)
    .default([-1000, 2000]),
  /** Other modalities are clipped to these percentiles before the z-score. */
  percentiles: z
    .tuple([z.number().min(0), z.number().max(100)])
    .refine(([low, high]) => low < high, ascending)
    .default([0.5, 99.5]),
});

export type Preparation = z.infer<typeof preparationSchema>;

/** An image as the network sees it, with what is needed to bring results back. */
export interface PreparedImage {
  readonly image: Volume<Float32Array>;
  /** Grid of the file. */
  readonly original: Grid;
}

/**
 * @param volume as read from a file, any orientation and spacing
 * @throws UserError naming `name` where the image has non-finite voxels, is flat, has no extent along an axis, or is
 *   called CT and lies outside the window altogether
 */
export function prepareImage(
  volume: Volume,
  preparation: Preparation,
  modality: Modality,
  name: string,
): PreparedImage {
  refuseUnusable(volume, name, modality === "CT" ? preparation.ctWindow : undefined);
  const canonical = reorient(volume, "RAS");
  const box = preparation.cropToForeground ? foregroundBox(canonical) : wholeBox(canonical.shape);
  const cropped = crop(canonical, box.low, box.high);
  const target = preparedGrid(cropped, preparation.spacing);
  const resampled = sameGrid(cropped, target)
    ? { ...cropped, data: Float32Array.from(cropped.data) }
    : resample(cropped, target, preparation.interpolation);
  const voxels = voxelCount(resampled.shape);
  const data = resampled.data as Float32Array;
  for (let channel = 0; channel < resampled.channels; channel++) {
    normalise(data.subarray(channel * voxels, (channel + 1) * voxels), preparation, modality);
  }
  return {
    image: { ...resampled, data },
    original: { shape: volume.shape, affine: volume.affine },
  };
}

/** Labels of the same file grid on the prepared image's grid. */
export function prepareLabels<Data extends Uint8Array>(labels: Volume<Data>, prepared: Grid): Volume<Data> {
  return resampleLabels(labels, prepared);
}

/** Values on the prepared grid (probabilities) brought back to the file's grid; 0 outside the prepared image. */
export function restoreToOriginal(values: Volume<Float32Array>, original: Grid): Volume<Float32Array> {
  return sameGrid(values, original) ? values : resample(values, original, "linear", 0);
}

function refuseUnusable(volume: Volume, name: string, window: Preparation["ctWindow"] | undefined): void {
  const advice = "Check the file with `sureseg datasets inspect`, and repair or leave it out.";
  if (volume.shape.some((size) => size < 2)) {
    throw new UserError({
      subject: name,
      found: `an image of ${volume.shape.join(" x ")} voxels`,
      expected: "a 3-D image with at least 2 voxels along each axis",
      advice,
    });
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of volume.data) {
    if (!Number.isFinite(value)) {
      throw new UserError({
        subject: name,
        found: "voxels that are not finite numbers",
        expected: "finite intensities",
        advice,
      });
    }
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low === high) {
    throw new UserError({
      subject: name,
      found: `the same intensity ${low} everywhere`,
      expected: "an image with contrast",
      advice,
    });
  }
  if (window !== undefined && (high <= window[0] || low >= window[1])) {
    throw new UserError({
      subject: name,
      found: `a CT with intensities from ${low} to ${high}`,
      expected: `intensities inside the window from ${window[0]} to ${window[1]} (Hounsfield units)`,
      advice: "Set `ctWindow` to the scale of the file, or another modality if it is no CT.",
    });
  }
}

const wholeBox = (shape: Shape): Box => ({ low: [0, 0, 0], high: shape });

/** Share of the way from the darkest to the brightest intensities above which a voxel is not air. */
const airThreshold = 0.1;
/** Pieces smaller than this share of the largest one are noise. */
const smallestPiece = 0.05;
const marginVoxels = 2;

/** Box of everything in the first channel that is not air, with a margin. */
export function foregroundBox(volume: Volume): Box {
  const { shape } = volume;
  const voxels = voxelCount(shape);
  const first = Float32Array.from(volume.data.subarray(0, voxels));
  const [dark, bright] = percentilesOf(first, [1, 99]) as [number, number];
  const threshold = dark + airThreshold * (bright - dark);
  const mask = new Uint8Array(voxels);
  for (let at = 0; at < voxels; at++) mask[at] = first[at]! > threshold ? 1 : 0;
  const { labels, sizes } = connectedComponents(mask, shape, 6);
  const largest = sizes.reduce((most, size, label) => (label > 0 ? Math.max(most, size) : most), 0);
  const isKept = Uint8Array.from(sizes, (size, label) =>
    label > 0 && size >= smallestPiece * largest ? 1 : 0,
  );
  const box = boundingBox({ ...volume, channels: 1, data: labels }, (label) => isKept[label] === 1);
  if (box === undefined) return wholeBox(shape);
  return {
    low: box.low.map((value) => Math.max(0, value - marginVoxels)) as unknown as Vector,
    high: box.high.map((value, axis) => Math.min(shape[axis]!, value + marginVoxels)) as unknown as Vector,
  };
}

function preparedGrid(grid: Grid, spacing: Preparation["spacing"]): Grid {
  if (spacing.policy === "native") return grid;
  if (spacing.policy === "fixed") return gridWithSpacing(grid, spacing.mm);
  const own = spacingOf(grid.affine);
  const longest = Math.max(...grid.shape.map((size, axis) => size * own[axis]!));
  const isotropic = longest / spacing.voxels;
  return gridWithSpacing(grid, [isotropic, isotropic, isotropic]);
}

function normalise(values: Float32Array, preparation: Preparation, modality: Modality): void {
  const [low, high] =
    modality === "CT"
      ? preparation.ctWindow
      : (percentilesOf(values, preparation.percentiles) as [number, number]);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const clipped = Math.min(high, Math.max(low, values[i]!));
    values[i] = clipped;
    sum += clipped;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.sqrt(squares / values.length) || 1;
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) / deviation;
}
