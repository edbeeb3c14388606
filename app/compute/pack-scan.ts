/** A scan as one file that the server takes. */
import { Zip, ZipPassThrough } from "fflate";
import { type SourcedVolume, writeVolume } from "../../src/sources/index.js";
import { imageFiles } from "./given-files.js";
import type { Given, GivenFile } from "./protocol.js";

/**
 * A file goes as it is, a DICOM series as a zip, and a header with its voxels beside it as NIfTI. No name goes with it: names
 * of files may be those of patients.
 *
 * @param volume the scan, as it was read
 */
export async function packScan(given: Given, volume: SourcedVolume): Promise<File> {
  const { files, folder } = imageFiles(given);
  if (folder) return zipped(given.files);
  const { name } = files[0]!;
  const file = given.files.find(({ path }) => path === name)!.file;
  if (!/\.(mhd|nhdr)$/i.test(name)) return new File([file], "scan");
  const bytes = await writeVolume(volume, "scan.nii.gz");
  return new File([bytes as Uint8Array<ArrayBuffer>], "scan");
}

/** Stored, not deflated: what is large in it is compressed already, or not worth the wait. */
async function zipped(files: readonly GivenFile[]): Promise<File> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    pieces.push(piece as Uint8Array<ArrayBuffer>);
  });
  for (const [at, { file }] of files.entries()) {
    const entry = new ZipPassThrough(String(at + 1).padStart(6, "0"));
    zip.add(entry);
    entry.push(new Uint8Array(await file.arrayBuffer()), true);
  }
  zip.end();
  return new File(pieces, "series.zip");
}
