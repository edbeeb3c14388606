/** The header of a MetaImage file: https://itk.org/Wiki/ITK/MetaIO/Documentation */
import { UserError } from "../../base/index.js";
import { type Affine, isUsableAffine, type Shape, voxelCount } from "../../volume/index.js";
import { checkStored, type LineSource, type StoredVoxels, textOf } from "../text-header.js";
import type { TextHeader } from "../text-volume.js";
import { bytesOf, type Datatype } from "../voxels.js";

/** The fields that say where the voxels lie, as the file has them: what a result repeats. */
export interface MetaImagePlace {
  /** Three rows of three: the direction of each voxel axis, left-posterior-superior. */
  readonly matrix: string | undefined;
  readonly offset: string | undefined;
  readonly spacing: string | undefined;
  /** Three letters that no program goes by. */
  readonly orientation: string | undefined;
}

/** MetaIO's types (metaTypes.h): its MET_LONG has 4 bytes. */
export const TYPES: ReadonlyMap<string, Datatype> = new Map([
  ["MET_CHAR", "int8"],
  ["MET_UCHAR", "uint8"],
  ["MET_SHORT", "int16"],
  ["MET_USHORT", "uint16"],
  ["MET_INT", "int32"],
  ["MET_UINT", "uint32"],
  ["MET_LONG", "int32"],
  ["MET_ULONG", "uint32"],
  ["MET_LONG_LONG", "int64"],
  ["MET_ULONG_LONG", "uint64"],
  ["MET_FLOAT", "float32"],
  ["MET_DOUBLE", "float64"],
]);

/** What old writers on 64-bit machines meant by them, which the length of the file tells. */
const LONGS: ReadonlyMap<string, Datatype> = new Map([
  ["MET_LONG", "int64"],
  ["MET_ULONG", "uint64"],
]);

/** As MetaIO takes it: by the first letter. */
const isTrue = (word: string): boolean => /^[t1]/i.test(word);

const DAMAGED = "The header is damaged: fetch the file again.";
const CONVERT = "Convert the image to a 3-D NIfTI or MetaImage file first, for example with SimpleITK.";

/** True when a file's first bytes are this format's: fields, of which the first says what the object is. */
export const isMetaImage = (start: Uint8Array): boolean =>
  /^\s*(ObjectType\s*=\s*Image\b|NDims\s*=|Comment\s*=[^\n]*\n\s*(ObjectType|NDims)\s*=)/i.test(
    textOf(start.subarray(0, 256)),
  );

/** Fields of a header, as text. Stops behind the one that says where the voxels are, which is the last. */
async function readFields(lines: LineSource, name: string): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  for (let line = await lines.line(); line !== undefined; line = await lines.line()) {
    if (line.trim() === "") continue;
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) throw wrong(name, "a line that is no field", 'lines of "field = value"', DAMAGED);
    fields.set(key.toLowerCase(), value!);
    if (key.toLowerCase() === "elementdatafile") return fields;
  }
  throw wrong(name, "a header that does not say where its voxels are", "ElementDataFile = ...", DAMAGED);
}

/** Reads and checks the header at the start, and stops right behind it. `name` is for errors. */
export async function parseHeader(lines: LineSource, name: string): Promise<TextHeader<MetaImagePlace>> {
  const fields = await readFields(lines, name);
  if (!/^local$/i.test(fields.get("elementdatafile")!)) {
    throw wrong(
      name,
      "a header whose voxels lie in a file of their own",
      "both files",
      "Keep both in one folder and give the header's path, or save the image as one .mha.",
    );
  }
  if (!isTrue(fields.get("binarydata") ?? "true")) {
    throw wrong(
      name,
      "voxels that are written as text",
      "BinaryData = True",
      "Save the file again as binary.",
    );
  }
  const type = (fields.get("elementtype") ?? "").toUpperCase().replace(/_ARRAY$/, "");
  const stated = TYPES.get(type);
  if (stated === undefined) {
    throw wrong(name, "a type of voxels that is not read", "8 to 64 bit integers, float or double", CONVERT);
  }
  const { shape, channels, fasterThanChannels } = sizesOf(fields, name);
  const voxels = voxelCount(shape) * channels;
  const compressed = isTrue(fields.get("compresseddata") ?? "false");
  const skip = Number(fields.get("headersize") ?? "0");
  if (!Number.isSafeInteger(skip) || skip < -1) {
    throw wrong(name, "a HeaderSize that is no number of bytes", "-1 or more", DAMAGED);
  }
  const left = lines.ceiling - lines.position - Math.max(0, skip);
  const long = LONGS.get(type);
  const datatype = long !== undefined && !compressed && left === voxels * bytesOf(long) ? long : stated;
  const stored: StoredVoxels = {
    voxels,
    voxelBytes: voxels * bytesOf(datatype),
    packing: compressed ? "deflate" : undefined,
    skip: skip === -1 ? "rest" : skip,
    skipIn: "file",
  };
  checkStored(lines, stored, name);
  const { affine, place, warnings } = placeOf(fields, name);
  const bigEndian = fields.get("binarydatabyteordermsb") ?? fields.get("elementbyteordermsb") ?? "false";
  return {
    format: "MetaImage",
    shape,
    affine,
    channels,
    datatype,
    integer: !datatype.startsWith("float"),
    voxelBytes: stored.voxelBytes,
    littleEndian: !isTrue(bigEndian),
    stored,
    fasterThanChannels,
    place,
    warnings,
  };
}

/** Channels are the numbers of one voxel, side by side, or a fourth axis. */
function sizesOf(
  fields: ReadonlyMap<string, string>,
  name: string,
): { shape: Shape; channels: number; fasterThanChannels: number } {
  const dimension = Number(fields.get("ndims"));
  const sizes = wordsOf(fields.get("dimsize")).map((word) => (/^\d+$/.test(word) ? Number(word) : 0));
  const inside = Number(fields.get("elementnumberofchannels") ?? "1");
  const whole = [...sizes, inside].every((size) => Number.isInteger(size) && size >= 1);
  if (sizes.length !== dimension || !whole) {
    throw wrong(name, "sizes that do not fit NDims", "a size of at least 1 for each axis", DAMAGED);
  }
  const last = sizes[3] ?? 1;
  if (dimension < 3 || dimension > 4 || (inside > 1 && last > 1)) {
    throw wrong(name, `${dimension} axes`, "3, or 4 of which the last is channels", CONVERT);
  }
  const shape = sizes.slice(0, 3) as unknown as Shape;
  return inside > 1
    ? { shape, channels: inside, fasterThanChannels: 1 }
    : { shape, channels: last, fasterThanChannels: voxelCount(shape) };
}

function placeOf(
  fields: ReadonlyMap<string, string>,
  name: string,
): { affine: Affine; place: MetaImagePlace; warnings: string[] } {
  const first = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => fields.get(key)).find((value) => value !== undefined);
  const warnings: string[] = [];
  const dimension = Number(fields.get("ndims"));
  const matrix = first("transformmatrix", "rotation", "orientation");
  const offset = first("offset", "position", "origin");
  const spacing = first("elementspacing", "elementsize");
  if (spacing === undefined) {
    warnings.push("The file does not say how big its voxels are; they are taken for 1 mm.");
  }
  if (matrix === undefined || offset === undefined) {
    warnings.push(
      "The file does not say how and where its axes lie in the patient; what is missing is taken for none.",
    );
  }
  const numbers = (text: string | undefined, count: number, missing: (at: number) => number): number[] => {
    if (text === undefined) return Array.from({ length: count }, (_, at) => missing(at));
    const all = wordsOf(text).map(Number);
    if (all.length === count) return all;
    throw wrong(name, "a place of another number of axes", `${count} numbers`, DAMAGED);
  };
  const rows = numbers(matrix, dimension ** 2, (at) => (at % (dimension + 1) === 0 ? 1 : 0));
  const start = numbers(offset, dimension, () => 0);
  const sizes = numbers(spacing, dimension, () => 1);
  const affine = [0, 1, 2].flatMap((row) => {
    const sign = row < 2 ? -1 : 1;
    // 0 + x: no negative zero.
    const columns = [0, 1, 2].map((axis) => 0 + sign * rows[axis * dimension + row]! * sizes[axis]!);
    return [...columns, 0 + sign * start[row]!];
  });
  affine.push(0, 0, 0, 1);
  if (!isUsableAffine(affine)) {
    throw wrong(
      name,
      "directions or spacings that give the image no extent or no place",
      "three independent axes and finite numbers",
      "Write the true directions into the header, or convert the original images again.",
    );
  }
  const three = (text: string | undefined, values: readonly number[]): string | undefined =>
    text === undefined || dimension === 3 ? text : values.join(" ");
  const place: MetaImagePlace = {
    matrix: three(
      matrix,
      [0, 1, 2].flatMap((axis) => rows.slice(axis * dimension, axis * dimension + 3)),
    ),
    offset: three(offset, start.slice(0, 3)),
    spacing: three(spacing, sizes.slice(0, 3)),
    orientation: fields.get("anatomicalorientation"),
  };
  return { affine, place, warnings };
}

const wordsOf = (text = ""): string[] => text.split(/\s+/).filter((word) => word !== "");

/** An error about the header; nothing that the header says is in it. */
function wrong(subject: string, found: string, expected: string, advice: string): UserError {
  return new UserError({ subject, found, expected, advice });
}
