/** A DICOM series as a volume. */
import type { DataSet } from "dicom-parser";
import { groupBy, UserError } from "../../base/index.js";
import { type Affine, checkSize, type Shape, voxelCount } from "../../volume/index.js";
import type { FileToRead, SeriesChoice } from "../files-to-read.js";
import type { SourcedVolume } from "../format.js";
import { identityOf, lossyCompressionOf } from "./identity.js";
import type { Frame, Instance } from "./instance.js";
import { parseDicomFile } from "./parse-file.js";
import { storedValues } from "./pixels/stored-values.js";
import { encodingOf, nameOfUnread } from "./pixels/transfer-syntaxes.js";
import { framesIn } from "./read-files.js";
import { type DicomData, voxelArrayFor } from "./scaled-values.js";
import { DICOM, type DicomSeriesSource } from "./series-source.js";
import type { Stack } from "./stack.js";
import { chosenStack } from "./volumes.js";

/**
 * The volume that DICOM files hold: a series of single slices, or one or more multi-frame files. Files that are no DICOM, and
 * DICOM objects that are no scans, are counted in a warning. Order of files and their names mean nothing.
 *
 * Voxel (i, j, k) is column i, row j of slice k, slices in their order in space. Values are scaled, each slice by its own
 * slope and intercept; integers where all slopes are 1 and intercepts whole, else float32. The volume's `source.fields` is a
 * `DicomSeriesSource`. Places agree with ITK: the first slice's position, its two directions, and the step to the next slice.
 *
 * @param name of the folder or file, for errors
 * @throws UserError where files are damaged, hold no volume, hold several of which none is chosen, or hold slices that are
 *   no evenly spaced stack; messages tell slices by number and place, and hold no text of the files
 */
export async function readDicomSeries(
  files: readonly FileToRead[],
  name: string,
  choice: SeriesChoice = {},
): Promise<SourcedVolume<DicomData>> {
  const { stack, warnings } = chosenStack(await framesIn(files), name, choice);
  const first = stack.frames[0] as Frame;
  const { rows, columns } = first.instance.stored;
  const shape: Shape = [columns, rows, stack.frames.length];
  const grid = { shape, affine: affineOf(stack) };
  checkSize(name, shape);
  const data = voxelArrayFor(stack.frames, voxelCount(shape));
  let copied: Copied = { identity: [], lossyCompression: [] };
  for (const [instance, places] of placesByInstance(stack.frames)) {
    const { dataSet } = parseDicomFile(await instance.file.read(), instance.file.name);
    if (instance === first.instance)
      copied = { identity: identityOf(dataSet), lossyCompression: lossyCompressionOf(dataSet) };
    for (const { frame, slice } of places)
      writeSlice(await valuesOfFrame(dataSet, frame), frame, data.subarray(slice * rows * columns));
  }
  const source = {
    format: DICOM,
    grid,
    warnings,
    modality: first.instance.modality,
    fields: sourceFields(stack, copied),
  };
  return { ...grid, channels: 1, data, source };
}

/** LPS turns into RAS here and nowhere else in reading DICOM: the first two axes change their sign. */
function affineOf({ frames, step }: Stack): Affine {
  const { position, orientation, pixelSpacing } = frames[0] as Frame;
  const [betweenRows, betweenColumns] = pixelSpacing;
  const row = (axis: number, sign: number): number[] =>
    [
      orientation[axis]! * betweenColumns,
      orientation[3 + axis]! * betweenRows,
      step[axis]!,
      position[axis]!,
    ].map((value) => sign * value + 0);
  return [...row(0, -1), ...row(1, -1), ...row(2, 1), 0, 0, 0, 1];
}

interface Place {
  readonly frame: Frame;
  /** Along the volume's k axis. */
  readonly slice: number;
}

/** Files are read one after another, each once. */
function placesByInstance(frames: readonly Frame[]): Map<Instance, Place[]> {
  const places = frames.map((frame, slice) => ({ frame, slice }));
  return groupBy(places, ({ frame }) => frame.instance);
}

async function valuesOfFrame(dataSet: DataSet, { instance, frameNumber }: Frame): Promise<ArrayLike<number>> {
  const { file, stored } = instance;
  if (encodingOf(stored.transferSyntaxUid) === undefined) {
    throw new UserError({
      subject: file.name,
      found: `pixels in ${nameOfUnread(stored.transferSyntaxUid)}`,
      expected: "pixels uncompressed or in RLE, lossless JPEG, JPEG-LS or JPEG 2000",
      advice: "Export the series uncompressed; lossy images change what a network sees.",
    });
  }
  try {
    return await storedValues(dataSet, stored, (frameNumber ?? 1) - 1);
  } catch (cause) {
    throw new UserError({
      subject: file.name,
      found: "pixels that are cut off or damaged",
      expected: `${stored.frames} frames of ${stored.columns} x ${stored.rows} pixels`,
      advice: "Export or copy the file again.",
      cause: cause instanceof Error ? cause.name : typeof cause,
    });
  }
}

function writeSlice(values: ArrayLike<number>, { slope, intercept }: Frame, target: DicomData): void {
  for (let at = 0; at < values.length; at++) target[at] = values[at]! * slope + intercept;
}

type Copied = Pick<DicomSeriesSource, "identity" | "lossyCompression">;

function sourceFields({ frames, spacing }: Stack, copied: Copied): DicomSeriesSource {
  const { instance, statedOrientation, pixelSpacing, sliceThickness } = frames[0] as Frame;
  return {
    studyInstanceUid: instance.studyInstanceUid,
    seriesInstanceUid: instance.seriesInstanceUid,
    frameOfReferenceUid: instance.frameOfReferenceUid,
    rows: instance.stored.rows,
    columns: instance.stored.columns,
    orientation: statedOrientation,
    pixelSpacing,
    sliceSpacing: spacing,
    sliceThickness: frames.every((frame) => frame.sliceThickness === sliceThickness)
      ? sliceThickness
      : undefined,
    slices: frames.map(({ instance: { sopClassUid, sopInstanceUid }, frameNumber, position }) => ({
      sopClassUid,
      sopInstanceUid,
      frameNumber,
      position,
    })),
    ...copied,
  };
}
