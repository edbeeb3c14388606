/** DICOM files, in each way of storing pixels that is read: one file of a series whose other slice is whole. */
import dicomParser from "dicom-parser";
import { unzipSync } from "fflate";
import type { Random } from "../../../src/base/index.js";
import { readImage } from "../../../src/sources/index.js";
import { fixture } from "../fixtures.js";
import { anyBytes, joined, pick } from "../mutations.js";
import { bytesOfNumber, numberField, TEXT_NUMBERS } from "../numbers.js";
import type { Field, OpenParser } from "../parser.js";

interface Encoding {
  /** Fixtures: series of single slices, and enhanced images in one file. */
  readonly series: readonly string[];
  /** Transfer syntax of what is made by grammar. */
  readonly made: string;
  /** UIDs that mean the same to a decoder take turns. */
  readonly alike?: readonly [string, string];
}

const ROOT = "1.2.840.10008.1.2";

const encodings: Readonly<Record<string, Encoding>> = {
  implicit: { series: ["implicit", "bare"], made: ROOT },
  explicit: { series: ["d0", "meta-without-preamble", "enhanced-ct", "enhanced-mr"], made: `${ROOT}.1` },
  deflated: { series: ["deflated"], made: `${ROOT}.1.99` },
  bigEndian: { series: ["big-endian", "big-endian-8", "enhanced-ct-big-endian"], made: `${ROOT}.2` },
  rle: { series: ["rle", "rle-8", "enhanced-ct-rle"], made: `${ROOT}.5` },
  jpeg: {
    series: ["jpeg-lossless", "jpeg-lossless-12"],
    made: `${ROOT}.4.70`,
    alike: [`${ROOT}.4.57`, `${ROOT}.4.70`],
  },
  jpegLs: {
    series: ["jpeg-ls", "jpeg-ls-8"],
    made: `${ROOT}.4.80`,
    alike: [`${ROOT}.4.80`, `${ROOT}.4.81`],
  },
  jpeg2000: {
    series: ["jpeg-2000", "jpeg-2000-8", "enhanced-ct-jpeg-2000"],
    made: `${ROOT}.4.90`,
    alike: [`${ROOT}.4.90`, `${ROOT}.4.91`],
  },
};

/** Two files that make a volume, or one that holds several frames. */
interface Seed {
  readonly file: Uint8Array;
  readonly other?: Uint8Array;
}

function seedsOf({ series, alike }: Encoding): Seed[] {
  const seeds = series.map((name): Seed => {
    const [file, other] = Object.values(unzipSync(fixture(`dicom/${name}.zip`)));
    return other === undefined ? { file: file! } : { file: file!, other };
  });
  if (alike === undefined) return seeds;
  const others = seeds.flatMap(({ file, other }) =>
    other === undefined ? [] : [{ file: exchanged(file, alike), other: exchanged(other, alike) }],
  );
  return [...seeds, ...others];
}

/** The file under the other transfer syntax; the identifiers are of the same length. */
function exchanged(file: Uint8Array, [one, other]: readonly [string, string]): Uint8Array {
  const bytes = Buffer.from(file);
  const at = Math.max(bytes.indexOf(one), bytes.indexOf(other));
  const now = bytes.subarray(at, at + one.length).toString("latin1");
  bytes.write(now === one ? other : one, at, "latin1");
  return new Uint8Array(bytes);
}

const TEXTS = ["", "\\", "1\\2", "0\\0\\0", "1\\0\\0\\0\\1\\0", "\0", "é", "MONOCHROME1", "PALETTE COLOR"];
const textValues = [...TEXT_NUMBERS, ...TEXTS].map((text) => new TextEncoder().encode(text));

/** Lengths and values of the elements at the top of a file, pixels aside. */
function fields(seed: Uint8Array): Field[] {
  let elements: dicomParser.DataSet["elements"];
  try {
    elements = dicomParser.parseDicom(seed).elements;
  } catch {
    return [];
  }
  const bigEndian = Buffer.from(seed).includes("1.2.840.10008.1.2.2\0");
  return Object.values(elements).flatMap((element): Field[] => {
    const start = element.dataOffset;
    // Of what was unpacked, the places are in no file.
    if (start + Math.max(0, element.length) > seed.length) return [];
    const littleEndian = !bigEndian || element.tag.startsWith("x0002");
    const long = element.vr === undefined || ["OB", "OW", "OF", "SQ", "UN", "UT"].includes(element.vr);
    const found = [numberField(start - (long ? 4 : 2), long ? "int32" : "int16", littleEndian)];
    if (element.vr === "US") found.push(numberField(start, "int16", littleEndian));
    else if (element.length > 0 && element.length <= 64)
      found.push(paddedField({ start, end: start + element.length }));
    return found;
  });
}

/** A text that others replace at the same length, so that the element after it stands where it stood. */
const paddedField = ({ start, end }: Pick<Field, "start" | "end">): Field => ({
  start,
  end,
  values: textValues.map((value) => {
    const padded = new Uint8Array(end - start).fill(0x20);
    padded.set(value.subarray(0, padded.length));
    return padded;
  }),
});

/** Elements by number and representation, in their order: those that are read, some private ones, sequences. */
const ELEMENTS: readonly (readonly [tag: number, vr: string, values: readonly string[]])[] = [
  [0x00080008, "CS", ["ORIGINAL\\PRIMARY\\AXIAL", "DERIVED\\SECONDARY\\LOCALIZER", ""]],
  [
    0x00080016,
    "UI",
    ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.66.4"],
  ],
  [0x00080018, "UI", ["1.2.3", "1.2.4"]],
  [0x00080060, "CS", ["CT", "MR", "PT", "SEG"]],
  [0x00090010, "LO", ["PRIVATE"]],
  [0x00180050, "DS", ["2", "0", "-1"]],
  [0x0020000d, "UI", ["1.2.5"]],
  [0x0020000e, "UI", ["1.2.6"]],
  [0x00200011, "IS", ["1", "999999999999"]],
  [0x00200032, "DS", ["0\\0\\0", "0\\0\\1", "1e300\\0\\0", "0\\0"]],
  [0x00200037, "DS", ["1\\0\\0\\0\\1\\0", "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0"]],
  [0x00280002, "US", ["1", "3"]],
  [0x00280004, "CS", ["MONOCHROME2", "RGB"]],
  [0x00280008, "IS", ["2", "1", "0", "2147483647"]],
  [0x00280010, "US", ["4", "4", "0", "65535"]],
  [0x00280011, "US", ["4", "4", "1", "65535"]],
  [0x00280030, "DS", ["1\\1", "0\\1", "-1\\1", "1"]],
  [0x00280100, "US", ["16", "16", "8", "32", "1", "64"]],
  [0x00280101, "US", ["16", "12", "0", "33"]],
  [0x00280102, "US", ["15", "11", "0", "40"]],
  [0x00280103, "US", ["0", "1", "7"]],
  [0x00281052, "DS", ["0", "-1024", "1e308"]],
  [0x00281053, "DS", ["1", "0", "1e-320", "1e308"]],
];

const explicitElement = (tag: number, vr: string, value: Uint8Array): Uint8Array => {
  const head = joined(
    bytesOfNumber(tag >>> 16, "int16", true),
    bytesOfNumber(tag & 0xffff, "int16", true),
    Buffer.from(vr),
  );
  const even = value.length % 2 === 0 ? value : joined(value, Uint8Array.of(0x20));
  return ["OW", "OB", "SQ", "UN"].includes(vr)
    ? joined(head, Uint8Array.of(0, 0), bytesOfNumber(even.length, "int32", true), even)
    : joined(head, bytesOfNumber(even.length, "int16", true), even);
};

const UNDEFINED = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
const ITEM = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0);
const ITEM_END = Uint8Array.of(0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0);
const SEQUENCE_END = Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0);

/** Sequences in sequences, of stated and unstated length, closed or not. */
function nested(depth: number, random: Random): Uint8Array {
  const inner =
    depth <= 0 ? explicitElement(0x00280030, "DS", Buffer.from("1\\1 ")) : nested(depth - 1, random);
  const head = Uint8Array.of(0x00, 0x52, 0x30, 0x92, 0x53, 0x51, 0, 0);
  if (random.uniform() < 0.5) {
    const item = joined(ITEM, bytesOfNumber(inner.length, "int32", true), inner);
    return joined(head, bytesOfNumber(item.length, "int32", true), item);
  }
  const open = joined(head, UNDEFINED, ITEM, UNDEFINED, inner);
  return random.uniform() < 0.9 ? joined(open, ITEM_END, SEQUENCE_END) : open;
}

function grammar(random: Random, syntax: string): Uint8Array {
  const value = (vr: string, text: string): Uint8Array =>
    vr === "US" ? bytesOfNumber(Number(text), "int16", true) : Buffer.from(text, "latin1");
  const dataSet = ELEMENTS.filter(() => random.uniform() < 0.97).map(([tag, vr, values]) => {
    const text = random.uniform() < 0.85 ? values[0]! : pick(values, random);
    return explicitElement(tag, vr, value(vr, text));
  });
  if (random.uniform() < 0.2)
    dataSet.push(nested(random.uniform() < 0.9 ? random.below(6) : random.below(2000), random));
  dataSet.push(
    random.uniform() < 0.5
      ? explicitElement(0x7fe00010, "OW", anyBytes(random.below(80), random))
      : fragments(random),
  );
  const meta = explicitElement(0x00020010, "UI", Buffer.from(syntax.length % 2 ? `${syntax}\0` : syntax));
  const length = explicitElement(0x00020000, "UL", bytesOfNumber(meta.length, "int32", true));
  return joined(new Uint8Array(128), Buffer.from("DICM"), length, meta, ...dataSet);
}

/** Encapsulated pixels (PS3.5 annex A.4): an offset table and pieces, of true and forged lengths. */
function fragments(random: Random): Uint8Array {
  const head = Uint8Array.of(0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff);
  const table = anyBytes(4 * random.below(3), random);
  const pieces = Array.from({ length: 1 + random.below(3) }, () => anyBytes(2 * random.below(60), random));
  const items = [table, ...pieces].map((piece) => {
    const said = random.uniform() < 0.95 ? piece.length : pick([0, 1, 2 ** 31, 0xfffffffe], random);
    return joined(ITEM, bytesOfNumber(said, "int32", true), piece);
  });
  return joined(head, ...items, random.uniform() < 0.9 ? SEQUENCE_END : new Uint8Array(0));
}

/** @param name of one of the encodings above */
export async function open(name: string): Promise<OpenParser> {
  const encoding = encodings[name]!;
  const seeds = seedsOf(encoding);
  return {
    seeds: seeds.map(({ file }) => file),
    async read(bytes, seed) {
      const files = [bytes, seeds[seed]?.other].flatMap((content, at) =>
        content === undefined ? [] : [{ name: `slice ${at}`, read: async () => content }],
      );
      await readImage({ name: "series", files, folder: true });
    },
    fields,
    grammar: (random) => grammar(random, encoding.made),
  };
}
