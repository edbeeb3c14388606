/** Reads a case's files: all channels as one volume, and its labels. */

import { basename } from "node:path";
import { UserError } from "../base/index.js";
import { readImage, type SeriesChoice, type SourcedVolume } from "../sources/index.js";
import {
  checkSize,
  describeGridDifference,
  type Grid,
  isIntegerArray,
  type Modality,
  sameFileGrid,
  shortestModality,
  turnedOnto,
  type Volume,
  voxelCount,
} from "../volume/index.js";
import type { CaseFiles, Dataset } from "./dataset.js";
import { imageFilesAt } from "./image-files.js";

/**
 * The volume of a file, of a folder or zip of DICOM files, or of a DICOM file.
 *
 * @throws UserError naming the file where it is missing or cannot be read
 */
export const readVolumeFile = async (path: string, choice?: SeriesChoice): Promise<SourcedVolume> =>
  readImage(await imageFilesAt(path), choice);

/** @throws UserError where the names of the case's files leave open what belongs together */
export function refuseFault({ fault }: CaseFiles): void {
  if (fault !== undefined) throw new UserError(fault);
}

/**
 * All channels of a case as one volume. Its source is that of the first file, with the warnings of all.
 *
 * @param advice what to do about a wrong number of channels
 * @throws UserError where the case has a fault, grids differ, the number of channels is wrong or files say another modality
 */
export async function loadImage(
  files: CaseFiles,
  channels: number,
  advice = "Split a series into single volumes, or name every channel in dataset.json.",
): Promise<SourcedVolume> {
  refuseFault(files);
  const parts = await Promise.all(files.images.map((path) => readVolumeFile(path, { series: files.series })));
  const first = parts[0] as SourcedVolume;
  for (const [index, part] of parts.entries()) {
    if (sameFileGrid(first, part)) continue;
    throw new UserError({
      subject: files.images[index] as string,
      found: `a grid that is not the first channel's: ${describeGridDifference(part, first)}`,
      expected: `the grid of ${files.images[0]}`,
      advice: "Resample the channels of a case onto one grid.",
    });
  }
  const found = parts.reduce((sum, part) => sum + part.channels, 0);
  if (found !== channels) {
    throw new UserError({
      subject: files.images[0] as string,
      found: `${found} channels${first.channels > 1 ? " (a 4-D image)" : ""}`,
      expected: `${channels}`,
      advice,
    });
  }
  const modality = modalityOfParts(parts);
  refuseOtherModality(files, modality);
  if (parts.length === 1) return first;
  checkSize(files.images[0] as string, first.shape, channels);
  const voxels = voxelCount(first.shape);
  const data = new Float32Array(voxels * channels);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  const warnings = parts.flatMap(({ source }, index) =>
    source.warnings.map((warning) => `${basename(files.images[index] as string)}: ${warning}`),
  );
  return { ...first, channels, data, source: { ...first.source, warnings, modality } };
}

/** What the parts say of themselves, where all do. */
function modalityOfParts(parts: readonly SourcedVolume[]): Modality | readonly Modality[] | undefined {
  const each = parts.flatMap(({ source, channels }) =>
    typeof source.modality === "string"
      ? new Array<Modality>(channels).fill(source.modality)
      : source.modality,
  );
  const known = each.filter((modality) => modality !== undefined);
  return known.length < each.length ? undefined : shortestModality(known);
}

/** Intensities are read by the modality: what is said of an image and what it says itself must agree. */
function refuseOtherModality(
  { images, modalities }: CaseFiles,
  found: Modality | readonly Modality[] | undefined,
): void {
  if (modalities === undefined || found === undefined) return;
  const each = [found].flat();
  const wrong = modalities.findIndex((stated, channel) => {
    const own = each[channel] ?? each[0]!;
    return stated !== "other" && own !== "other" && stated !== own;
  });
  if (wrong < 0) return;
  throw new UserError({
    subject: images[wrong] ?? (images[0] as string),
    found: `a series that says it is ${each[wrong] ?? each[0]}`,
    expected: `${modalities[wrong]}, as was stated or as others of its dataset are`,
    advice: "Leave the modality out, for DICOM files say it themselves; part a dataset by modality.",
  });
}

/** The labels of a case as small whole numbers. @throws UserError where the file holds anything else */
export async function loadLabels(
  path: string,
  dataset?: Pick<Dataset, "labels">,
): Promise<Volume<Uint8Array>> {
  const volume = await readVolumeFile(path);
  const data = new Uint8Array(volume.data.length);
  const advice = "Store labels as whole numbers, one volume a case.";
  if (volume.channels !== 1) {
    throw new UserError({ subject: path, found: `${volume.channels} channels`, expected: "one", advice });
  }
  for (let i = 0; i < data.length; i++) {
    const value = volume.data[i]!;
    data[i] = value;
    if (data[i] !== value) {
      const expected = `whole numbers from 0 to 255${isIntegerArray(volume.data) ? "" : " (the file holds floating-point numbers)"}`;
      throw new UserError({ subject: path, found: `the label value ${value}`, expected, advice });
    }
  }
  if (dataset && Object.keys(dataset.labels).length > 0) {
    const known = new Set([0, ...Object.values(dataset.labels)]);
    const unknown = data.find((value) => !known.has(value));
    if (unknown !== undefined) {
      throw new UserError({
        subject: path,
        found: `the unknown label value ${unknown}`,
        expected: `one of ${[...known].sort((a, b) => a - b).join(", ")}`,
        advice: "Name the value in dataset.json, or remove it from the file.",
      });
    }
  }
  return { ...volume, data };
}

/**
 * The labels of an image, axes as the image's: other software may have written the same voxels in another order, as
 * dcm2niix does with the rows of DICOM.
 *
 * @throws UserError naming the file where its voxels are not those of the image
 */
export async function loadLabelsOf(
  { label, images }: CaseFiles,
  image: Grid,
  dataset?: Pick<Dataset, "labels">,
): Promise<Volume<Uint8Array>> {
  const path = label as string;
  const labels = await loadLabels(path, dataset);
  const turned = turnedOnto(labels, image);
  if (turned !== undefined) return turned;
  throw new UserError({
    subject: path,
    found: `a grid that is not its image's: ${describeGridDifference(labels, image)}`,
    expected: `the grid of ${images[0]}`,
    advice: "Use the label file of this image.",
  });
}
