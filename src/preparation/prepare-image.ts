/**
 * From an image file to what a network sees.
 *
 * Every step depends on the image and the modality of its channels alone, never on the dataset that it came from: the
 * network is not told either. Steps: intensities that mean nothing are clipped away; canonical orientation; crop to what
 * is not air; resampling, after what coarser voxels cannot show is smoothed away; the normaliser of each channel (before
 * resampling, where a network of other software wants it so).
 */
import { UserError } from "../base/index.js";
import {
  type Box,
  channelOf,
  coarsen,
  crop,
  type Grid,
  type Modality,
  reorient,
  resample,
  resampleLabels,
  resize,
  sameGrid,
  spacingOf,
  type Volume,
  type VoxelArray,
} from "../volume/index.js";
import { foregroundBox, nonZeroBox, wholeBox } from "./foreground.js";
import { applySteps, limitsOf, type Normaliser } from "./normalisers/index.js";
import { type Placement, placementOf } from "./placement.js";
import { preparedGrid, thickAxis } from "./prepared-grid.js";
import { refuseUnusable } from "./refuse-unusable.js";
import type { Preparation } from "./settings.js";

/** An image as the network sees it, with what is needed to bring results back. */
export interface PreparedImage {
  readonly image: Volume<Float32Array>;
  readonly placement: Placement;
}

/**
 * @param volume as read from a file, any orientation and spacing; left as it is
 * @param modalities one for each channel
 * @throws UserError naming `name` where the image has non-finite voxels, no extent along an axis, or a channel without
 *   contrast (a CT that lies outside its window altogether, say)
 */
export function prepareImage(
  volume: Volume,
  preparation: Preparation,
  modalities: readonly Modality[],
  name: string,
): PreparedImage {
  refuseOtherChannels(volume, modalities, name);
  const normalisers = modalities.map((modality) => preparation.intensities[modality]);
  refuseUnusable(volume, { modalities, normalisers }, name);
  const { intensitiesFirst = false } = preparation;
  const cropped = withinLimits(seenPart(volume, preparation, normalisers[0]!), normalisers);
  const shown = intensitiesFirst ? normalised(cropped, normalisers) : cropped;
  const target = preparedGrid(shown, preparation, name);
  const resampled = onGrid(shown, target, preparation);
  const image = intensitiesFirst ? resampled : normalised(resampled, normalisers);
  return { image, placement: placed(volume, cropped, { target, preparation }) };
}

/** The part of an image that the network sees, in the image's own voxels, turned as the preparation says. */
function seenPart(volume: Volume, preparation: Preparation, first: Normaliser): Volume {
  const { orientation = "RAS" } = preparation;
  const canonical = orientation === "stored" ? volume : reorient(volume, orientation);
  const box = boxOf(canonical, preparation, first);
  return crop(canonical, box.low, box.high);
}

function placed(
  volume: Grid,
  cropped: Grid,
  { target, preparation }: { readonly target: Grid; readonly preparation: Preparation },
): Placement {
  const nearestAlong = preparation.interpolation === "nnunet" ? thickAxis(cropped, target) : undefined;
  return { ...placementOf(volume, cropped), nearestAlong };
}

/** Where an image lies before its spacing is chosen, to try several. */
export interface SeenGrid {
  /** The part that the network sees, in the image's own voxels. */
  readonly cropped: Grid;
  /** The grid that a preparation brings it to, and where that lies in the file. */
  gridWith(spacing: Preparation["spacing"]): { readonly grid: Grid; readonly placement: Placement };
}

/** As `prepareImage`, but of places alone: no voxel is resampled. @throws UserError as `prepareImage` */
export function seenGrid(
  volume: Volume,
  preparation: Omit<Preparation, "spacing">,
  modalities: readonly Modality[],
  name: string,
): SeenGrid {
  refuseOtherChannels(volume, modalities, name);
  const normalisers = modalities.map((modality) => preparation.intensities[modality]);
  refuseUnusable(volume, { modalities, normalisers }, name);
  const native = { ...preparation, spacing: { policy: "native" } } as const;
  const { shape, affine, channels } = seenPart(volume, native, normalisers[0]!);
  const cropped = { shape, affine, channels };
  return {
    cropped,
    gridWith(spacing) {
      const chosen = { ...preparation, spacing };
      const target = preparedGrid(cropped, chosen, name);
      return { grid: target, placement: placed(volume, cropped, { target, preparation: chosen }) };
    },
  };
}

function onGrid(
  image: Volume,
  target: Grid,
  { interpolation, antialiasing }: Preparation,
): Volume<Float32Array> {
  if (sameGrid(image, target)) return { ...image, data: asFloat32(image.data) };
  if (interpolation === "nnunet") return resize(image, target.shape, thickAxis(image, target));
  const source = antialiasing ? coarsen(image, spacingOf(target.affine)) : image;
  return resample(source, target, interpolation);
}

function boxOf(canonical: Volume, { cropToForeground }: Preparation, first: Normaliser): Box {
  if (cropToForeground === "non-zero") return nonZeroBox(canonical);
  if (!cropToForeground) return wholeBox(canonical.shape);
  return foregroundBox(firstChannelOf(canonical, first), canonical.shape);
}

/** After all steps of every channel. @param volume a copy that may be changed */
function normalised(volume: Volume, normalisers: readonly Normaliser[]): Volume<Float32Array> {
  const image = { ...volume, data: asFloat32(volume.data) };
  for (const [channel, normaliser] of normalisers.entries()) {
    applySteps(channelOf(image, channel), normaliser);
  }
  return image;
}

/** Labels of the same file grid on the prepared image's grid. */
export function prepareLabels<Data extends Uint8Array>(labels: Volume<Data>, prepared: Grid): Volume<Data> {
  return resampleLabels(labels, prepared);
}

/** The first channel within its limits, as a copy. */
function firstChannelOf(volume: Volume, normaliser: Normaliser): Float32Array {
  const values = Float32Array.from(volume.data.subarray(0, volume.data.length / volume.channels));
  applySteps(values, limitsOf(normaliser));
  return values;
}

/** Every channel within its limits. @param volume a copy that may be changed */
function withinLimits(volume: Volume, normalisers: readonly Normaliser[]): Volume {
  const limits = normalisers.map(limitsOf);
  if (limits.every((steps) => steps.length === 0)) return volume;
  const limited = { ...volume, data: asFloat32(volume.data) };
  for (const [channel, steps] of limits.entries()) applySteps(channelOf(limited, channel), steps);
  return limited;
}

const asFloat32 = (data: VoxelArray): Float32Array =>
  data instanceof Float32Array ? data : Float32Array.from(data);

function refuseOtherChannels(volume: Volume, modalities: readonly Modality[], name: string): void {
  if (volume.channels === modalities.length) return;
  throw new UserError({
    subject: name,
    found: `${volume.channels} channels and ${modalities.length} modalities (${modalities.join(", ")})`,
    expected: "one modality for each channel",
    advice: "Name the modality of every channel, in their order.",
  });
}
