/** The header of an NRRD file: https://teem.sourceforge.net/nrrd/format.html */
import { UserError } from "../../base/index.js";
import { type Affine, isUsableAffine, type Shape, voxelCount } from "../../volume/index.js";
import { checkStored, type LineSource, type StoredVoxels, textOf } from "../text-header.js";
import type { TextHeader } from "../text-volume.js";
import { bytesOf, type Datatype } from "../voxels.js";
import { directionsOf, isDirection, type NrrdPlace, placeOf } from "./place.js";

/** The format's names of types (nrrd.h, "type"), by the type that is stored. */
const TYPES: Readonly<Record<Datatype, readonly string[]>> = {
  int8: ["signed char", "int8", "int8_t"],
  uint8: ["uchar", "unsigned char", "uint8", "uint8_t"],
  int16: ["short", "short int", "signed short", "signed short int", "int16", "int16_t"],
  uint16: ["ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"],
  int32: ["int", "signed int", "int32", "int32_t"],
  uint32: ["uint", "unsigned int", "uint32", "uint32_t"],
  int64: [
    "longlong",
    "long long",
    "long long int",
    "signed long long",
    "signed long long int",
    "int64",
    "int64_t",
  ],
  uint64: ["ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"],
  float32: ["float"],
  float64: ["double"],
};

/** Fields by name, lower case; two names of one field are one. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "data file": "datafile",
  "line skip": "lineskip",
  "byte skip": "byteskip",
  centerings: "centers",
};

const DAMAGED = "The header is damaged: fetch the file again.";
const CONVERT = "Convert the image to a 3-D NIfTI or NRRD file first, for example with 3D Slicer.";

/** True when a file's first bytes are this format's: its magic word, of any version. */
export const isNrrd = (start: Uint8Array): boolean =>
  /^NRRD000[1-5]\r?\n/.test(textOf(start.subarray(0, 10)));

/** Fields of a header, as text, and the key/value pairs left out. Stops behind the empty line that ends it. */
async function readFields(lines: LineSource, name: string): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  await lines.line();
  for (let line = await lines.line(); line !== undefined && line !== ""; line = await lines.line()) {
    if (line.startsWith("#") || /^[^:]*:=/.test(line)) continue;
    const [, key, value] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    if (key === undefined) throw wrong(name, "a line that is no field", 'lines of "field: value"', DAMAGED);
    const known = key.trim().toLowerCase();
    const field = OTHER_NAMES[known] ?? known;
    if (fields.has(field)) throw wrong(name, "a field that is there twice", "each field once", DAMAGED);
    fields.set(field, value!.trim());
  }
  return fields;
}

/** Reads and checks the header at the start, and stops right behind it. `name` is for errors. */
export async function parseHeader(lines: LineSource, name: string): Promise<TextHeader<NrrdPlace>> {
  const fields = await readFields(lines, name);
  if (fields.has("datafile")) {
    throw wrong(
      name,
      "a header whose voxels lie in a file of their own",
      "both files",
      "Keep both in one folder and give the header's path, or join them into one .nrrd.",
    );
  }
  const datatype = datatypeOf(fields, name);
  const sizes = sizesOf(fields, name);
  const channelAxis = channelAxisOf(fields, sizes, name);
  const shape = sizes.filter((_, axis) => axis !== channelAxis) as unknown as Shape;
  const channels = channelAxis === undefined ? 1 : sizes[channelAxis]!;
  const voxels = voxelCount(shape) * channels;
  const stored: StoredVoxels = {
    voxels,
    voxelBytes: voxels * bytesOf(datatype),
    packing: packingOf(fields, name),
    skip: await skipOf(fields, lines, name),
    // As Teem and ITK do: bytes are skipped after unpacking, lines before.
    skipIn: "packed",
  };
  checkStored(lines, stored, name);
  const { affine, warnings, ...place } = placeOf(fields, channelAxis);
  checkAffine(affine, name);
  return {
    format: "NRRD",
    shape,
    affine,
    channels,
    datatype,
    integer: !datatype.startsWith("float"),
    voxelBytes: stored.voxelBytes,
    littleEndian: littleEndianOf(fields, datatype, name),
    stored,
    fasterThanChannels: sizes.slice(0, channelAxis ?? 0).reduce((product, size) => product * size, 1),
    place,
    warnings,
  };
}

function datatypeOf(fields: ReadonlyMap<string, string>, name: string): Datatype {
  const stated = (fields.get("type") ?? "").toLowerCase();
  const found = (Object.keys(TYPES) as Datatype[]).find((type) => TYPES[type].includes(stated));
  if (found !== undefined) return found;
  throw wrong(
    name,
    stated === "" ? "no type of voxels" : "a type of voxels that is not read",
    "8 to 64 bit integers, float or double",
    CONVERT,
  );
}

function sizesOf(fields: ReadonlyMap<string, string>, name: string): number[] {
  const dimension = Number(fields.get("dimension"));
  const sizes = (fields.get("sizes") ?? "").split(/\s+/).filter((word) => word !== "");
  const numbers = sizes.map((word) => (/^\d+$/.test(word) ? Number(word) : 0));
  if (numbers.length !== dimension || !numbers.every((size) => size >= 1)) {
    throw wrong(name, "sizes that do not fit the dimension", "a size of at least 1 for each axis", DAMAGED);
  }
  if (dimension === 3 || dimension === 4) return numbers;
  throw wrong(name, `${dimension} axes`, "3, or 4 of which one is channels", CONVERT);
}

/** Kinds of axes that are places in the patient. */
const PLACES = new Set(["domain", "space"]);

/**
 * The axis that is no direction in space: the one without a vector, else the one whose kind is none of space; the last of
 * four where nothing is said.
 */
function channelAxisOf(
  fields: ReadonlyMap<string, string>,
  sizes: readonly number[],
  name: string,
): number | undefined {
  const directions = directionsOf(fields);
  const kinds = fields.get("kinds")?.toLowerCase().split(/\s+/);
  for (const [words, isSpace] of [
    [directions, isDirection],
    [kinds, (word: string): boolean => PLACES.has(word) || word.startsWith("?")],
  ] as const) {
    if (words === undefined) continue;
    if (words.length !== sizes.length) {
      throw wrong(name, "directions or kinds of another number of axes", `${sizes.length} of them`, DAMAGED);
    }
    const others = words.flatMap((word, axis) => (isSpace(word) ? [] : [axis]));
    if (others.length > sizes.length - 3) {
      throw wrong(name, `${sizes.length - others.length} axes of space`, "3", CONVERT);
    }
    if (others.length > 0) return others[0];
    // Four vectors: nothing says which axis is channels.
    if (words === directions && sizes.length > 3) {
      throw wrong(name, "4 axes of space", "3, and one of channels", CONVERT);
    }
  }
  return sizes.length > 3 ? 3 : undefined;
}

function packingOf(fields: ReadonlyMap<string, string>, name: string): "gzip" | undefined {
  const encoding = (fields.get("encoding") ?? "").toLowerCase();
  if (encoding === "raw") return undefined;
  if (encoding === "gzip" || encoding === "gz") return "gzip";
  throw wrong(
    name,
    encoding === "" ? "no encoding" : "an encoding that is not read (text, hex or bzip2)",
    "raw or gzip",
    "Save the file again with one of these encodings.",
  );
}

/** Skips the lines that are to be skipped, and says how many bytes are. */
async function skipOf(
  fields: ReadonlyMap<string, string>,
  lines: LineSource,
  name: string,
): Promise<StoredVoxels["skip"]> {
  const numberOf = (field: string): number => {
    const text = fields.get(field) ?? "0";
    const value = Number(text);
    const least = field === "byteskip" ? -1 : 0;
    if (Number.isSafeInteger(value) && value >= least && text !== "") return value;
    throw wrong(name, `a ${field} that is no number of bytes or lines`, `${least} or more`, DAMAGED);
  };
  for (let count = numberOf("lineskip"); count > 0; count--) {
    if ((await lines.line()) === undefined) break;
  }
  const skip = numberOf("byteskip");
  return skip === -1 ? "rest" : skip;
}

function littleEndianOf(fields: ReadonlyMap<string, string>, datatype: Datatype, name: string): boolean {
  const endian = fields.get("endian")?.toLowerCase();
  if (endian === "little" || bytesOf(datatype) === 1) return true;
  if (endian === "big") return false;
  throw wrong(name, "no order of bytes", "endian: little or big", DAMAGED);
}

function checkAffine(affine: Affine, name: string): void {
  if (isUsableAffine(affine)) return;
  throw wrong(
    name,
    "directions or spacings that give the image no extent or no place",
    "three independent axes and finite numbers",
    "Write the true directions into the header, or convert the original images again.",
  );
}

/** An error about the header; nothing that the header says is in it. */
function wrong(subject: string, found: string, expected: string, advice: string): UserError {
  return new UserError({ subject, found, expected, advice });
}
