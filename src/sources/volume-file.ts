import { UserError } from "../base/index.js";
import type { Grid, Volume } from "../volume/index.js";
import { isGzip, openBytes } from "./byte-source.js";
import { volumeEndings } from "./endings.js";
import type { FilesBeside } from "./files-to-read.js";
import type { SourcedVolume, VolumeFormat, VolumeHeader, WriteOptions } from "./format.js";
import { nifti } from "./nifti/nifti.js";
import { FORMATS } from "./registry.js";

/** Bytes shown to a format to recognise itself by. */
const START = 1024;

/**
 * A volume from the bytes of a file; the format is recognised by the bytes, plain or gzipped. `name` is for errors;
 * `beside` is asked where a header says that its voxels lie in a file of their own.
 *
 * Integers that stand for themselves (no scaling) keep their kind, so label maps are exact: int8 to uint32 as they are;
 * int64 and uint64 as Int32Array, or Uint32Array, when every value fits, else as Float64Array. Everything else becomes
 * Float32Array with the file's scaling applied. NaN and infinities are kept. Channels are the file's fourth axis.
 *
 * @throws UserError naming `name` when the file is cut off, damaged, of another format, or bigger than can be held.
 */
export async function readVolume(
  bytes: Uint8Array,
  name: string,
  beside?: FilesBeside,
): Promise<SourcedVolume> {
  const format = await formatOf(bytes, name);
  const source = openBytes(await withVoxels(bytes, format, { name, beside }), name);
  const volume = await format.read(source, name);
  await source.close();
  return volume;
}

/** What a file says about its volume, without unpacking or decoding its voxels. Errors as for `readVolume`. */
export async function readVolumeHeader(
  bytes: Uint8Array,
  name: string,
  beside?: FilesBeside,
): Promise<VolumeHeader> {
  const format = await formatOf(bytes, name);
  return format.readHeader(openBytes(await withVoxels(bytes, format, { name, beside }), name), name);
}

/** The name of the file that holds a header's voxels; undefined where they are in the header's own file. */
export async function dataFileOf(bytes: Uint8Array, name: string): Promise<string | undefined> {
  const { detached } = await formatOf(bytes, name);
  return detached?.dataFile(bytes, name);
}

async function withVoxels(
  bytes: Uint8Array,
  { detached }: VolumeFormat,
  { name, beside }: { readonly name: string; readonly beside: FilesBeside | undefined },
): Promise<Uint8Array> {
  const file = detached?.dataFile(bytes, name);
  if (detached === undefined || file === undefined || beside === undefined) return bytes;
  return detached.joined(bytes, await beside(file).read());
}

/**
 * The bytes of a file that holds `volume`, in the format that `name` ends with (.nii, .nii.gz, .nrrd, .mha). The stored type is the
 * array's kind, so labels stay integers and reading gives the same numbers back.
 *
 * @param options.like the source of the image that the volume is a result of: see `WriteOptions`
 * @throws UserError for an ending that no format has, RangeError where the volume is not on its source's grid
 */
export async function writeVolume(
  volume: Volume,
  name: string,
  options: WriteOptions = {},
): Promise<Uint8Array> {
  const lower = name.toLowerCase();
  const format = FORMATS.find(({ endings }) => endings.some((ending) => lower.endsWith(ending)));
  if (format === undefined) {
    throw new UserError({
      subject: name,
      found: "a file name whose ending no format has",
      expected: volumeEndings().join(" or "),
      advice: "Give the output file a name with one of these endings.",
    });
  }
  if (options.like !== undefined && !isSameGrid(volume, options.like.grid)) {
    throw new RangeError("a result that is not on the grid of its source cannot be written like it");
  }
  return format.write(volume, name, options);
}

const isSameGrid = (a: Grid, b: Grid): boolean =>
  a.shape.join() === b.shape.join() && a.affine.join() === b.affine.join();

/**
 * The usual ending of volume files that begin with these bytes, plain or gzipped; undefined where no format knows them. Gzip that
 * cannot be unpacked passes for NIfTI: reading it says what is wrong.
 */
export async function volumeEndingOf(start: Uint8Array): Promise<string | undefined> {
  const gzipped = isGzip(start);
  const format = await recognised(start, "").catch(() => (gzipped ? nifti : undefined));
  return format?.endings.find((ending) => ending.endsWith(".gz") === gzipped) ?? format?.endings[0];
}

async function recognised(bytes: Uint8Array, name: string): Promise<VolumeFormat | undefined> {
  const source = openBytes(bytes, name);
  const start = new Uint8Array(START);
  const length = await source.fill(start);
  await source.close();
  return FORMATS.find((candidate) => candidate.recognises(start.subarray(0, length)));
}

async function formatOf(bytes: Uint8Array, name: string): Promise<VolumeFormat> {
  const format = await recognised(bytes, name);
  if (format !== undefined) return format;
  throw new UserError({
    subject: name,
    found: bytes.length === 0 ? "an empty file" : "bytes of no known image format",
    expected: `a ${FORMATS.map((candidate) => candidate.name).join(" or ")} file`,
    advice: /\.img(\.gz)?$/i.test(name)
      ? "An .img holds the voxels of a pair alone: join it with its .hdr into one .nii.gz, for example with nibabel."
      : "Give a NIfTI, NRRD or MetaImage file, or a DICOM series: its folder, a zip of it or a multi-frame file.",
  });
}
