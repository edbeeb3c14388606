import { UserError } from "../base/index.js";
import type { Modality } from "../volume/index.js";
import { isDicom } from "./dicom/parse-file.js";
import { modalityIn } from "./dicom/read-files.js";
import { readDicomSeries } from "./dicom/read-series.js";
import type { FilesBeside, FileToRead, SeriesChoice } from "./files-to-read.js";
import type { SourcedVolume } from "./format.js";
import { readVolume, readVolumeHeader, volumeEndingOf } from "./volume-file.js";
import { filesOfZip, isZip, unpackedSizeOfZip } from "./zip.js";

/** What a user points at: a file, or the files of a folder. */
export interface ImageFiles {
  /** The path as it was given, for errors. */
  readonly name: string;
  readonly files: readonly FileToRead[];
  /** True where it is a folder: its files are then those of a DICOM series, be there only one. */
  readonly folder: boolean;
  /** For headers whose voxels lie in a file of their own; without it they are refused. */
  readonly beside?: FilesBeside;
}

/**
 * One volume from what a user points at: a volume file, a DICOM file, a zip of DICOM files, or a folder of them.
 *
 * @throws UserError as `readVolume` and `readDicomSeries` do
 */
export async function readImage(image: ImageFiles, choice: SeriesChoice = {}): Promise<SourcedVolume> {
  const { name, files, folder } = image;
  if (folder) return readDicomSeries(files, name, choice);
  const bytes = await files[0]!.read();
  if (isZip(bytes)) return readDicomSeries(filesOfZip(bytes, name), name, choice);
  if (isDicom(bytes)) return readDicomSeries([{ name, read: async () => bytes }], name, choice);
  if (choice.series !== undefined) {
    throw new UserError({
      subject: name,
      found: "an image file that holds one volume",
      expected: "DICOM files, of which --series chooses a series",
      advice: "Leave --series out.",
    });
  }
  return readVolume(bytes, name, image.beside);
}

/**
 * How an image came about, as its first DICOM slice says; undefined where it is no DICOM.
 *
 * @throws UserError where a file cannot be read
 */
export async function modalityOfImage({ name, files, folder }: ImageFiles): Promise<Modality | undefined> {
  if (folder) return modalityIn(files);
  const bytes = await files[0]!.read();
  return modalityIn(isZip(bytes) ? filesOfZip(bytes, name) : [{ name, read: async () => bytes }]);
}

/**
 * Bytes that an image says it has once it is unpacked: of the files in its zip, of its voxels, or of its files as they are.
 * Asked before memory is taken, by whoever allows less than `MAX_BYTES`.
 *
 * @throws UserError where a file cannot be read
 */
export async function unpackedSizeOf({ name, files, folder, beside }: ImageFiles): Promise<number> {
  let total = 0;
  for (const file of files) {
    const bytes = await file.read();
    if (isZip(bytes)) total += unpackedSizeOfZip(bytes, name);
    else if (folder || isDicom(bytes)) total += bytes.length;
    else total += (await readVolumeHeader(bytes, name, beside)).voxelBytes;
  }
  return total;
}

/**
 * The usual ending of files that begin with these bytes (some thousands of them): ".zip", ".dcm", ".nii.gz" and so on;
 * undefined where they begin no file that is read. What a file is called, or said to be, does not count.
 */
export async function imageEndingOf(start: Uint8Array): Promise<string | undefined> {
  if (isZip(start)) return ".zip";
  if (isDicom(start)) return ".dcm";
  return volumeEndingOf(start);
}
