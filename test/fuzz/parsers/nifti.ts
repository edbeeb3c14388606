/** NIfTI-1 and NIfTI-2, either byte order, unpacked. */
import type { Random } from "../../../src/base/index.js";
import { readVolume, readVolumeHeader } from "../../../src/sources/index.js";
import { fixtures } from "../fixtures.js";
import { anyBytes, joined, pick } from "../mutations.js";
import { bytesOfNumber, type NumberKind, numberField, SIZES } from "../numbers.js";
import type { Field, OpenParser } from "../parser.js";

type Layout = readonly (readonly [start: number, kind: NumberKind, count: number])[];

/** Fields of nifti1.h: length of the header, dim, datatype, bitpix, pixdim, vox_offset, scaling, units, codes, quaternion, rows. */
const FIRST: Layout = [
  [0, "int32", 1],
  [40, "int16", 8],
  [70, "int16", 2],
  [76, "float32", 8],
  [108, "float32", 3],
  [123, "uint8", 1],
  [252, "int16", 2],
  [256, "float32", 6],
  [280, "float32", 12],
];

/** The same of nifti2.h. */
const SECOND: Layout = [
  [0, "int32", 1],
  [12, "int16", 2],
  [16, "int64", 8],
  [104, "float64", 8],
  [168, "int64", 1],
  [176, "float64", 2],
  [344, "int32", 2],
  [352, "float64", 6],
  [400, "float64", 12],
  [500, "int32", 1],
];

function fields(seed: Uint8Array): Field[] {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  const littleEndian = [348, 540].includes(view.getInt32(0, true));
  const layout = view.getInt32(0, littleEndian) === 540 ? SECOND : FIRST;
  return layout
    .flatMap(([start, kind, count]) =>
      Array.from({ length: count }, (_, at) => numberField(start + at * SIZES[kind], kind, littleEndian)),
    )
    .filter(({ end }) => end <= seed.length);
}

const CODES = [2, 4, 8, 16, 32, 64, 128, 256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304, 0, 1, -1, 3];
const SMALL = [0, 1, 2, 3, 4, 5, 7];
const MAGIC = ["n+1\0", "ni1\0", "n+2\0", "abc\0"];

/** A header whose every field is one that files have, or nearly. */
function grammar(random: Random): Uint8Array {
  const littleEndian = random.uniform() < 0.5;
  const second = random.uniform() < 0.4;
  const header = new Uint8Array(second ? 544 : 352);
  const put = (at: number, value: number, kind: NumberKind): void =>
    header.set(bytesOfNumber(value, kind, littleEndian), at);
  const numbers = (at: number, kind: NumberKind, values: readonly number[]): void => {
    for (const [n, value] of values.entries()) put(at + n * SIZES[kind], value, kind);
  };
  const many = (count: number, one: () => number): number[] => Array.from({ length: count }, one);
  const size = (): number => (random.uniform() < 0.95 ? pick(SMALL, random) : pick([-1, 255, 32767], random));
  const real = (): number =>
    random.uniform() < 0.97 ? random.between(-3, 3) : pick([Number.NaN, Infinity, 1e30], random);
  const whole = second ? "int64" : "int16";
  const float = second ? "float64" : "float32";
  put(0, second ? 540 : 348, "int32");
  numbers(second ? 16 : 40, whole, [random.below(9), ...many(7, size)]);
  numbers(second ? 12 : 70, "int16", [pick(CODES, random), pick([8, 16, 32, 64, 0], random)]);
  numbers(second ? 104 : 76, float, many(8, real));
  put(
    second ? 168 : 108,
    pick([0, header.length, header.length + 16, 1, 1e6], random),
    second ? "int64" : "float32",
  );
  numbers(second ? 176 : 112, float, [real(), real()]);
  numbers(second ? 344 : 252, second ? "int32" : "int16", [random.below(6), random.below(6)]);
  numbers(
    second ? 352 : 256,
    float,
    many(6, () => real() / 3),
  );
  numbers(second ? 400 : 280, float, many(12, real));
  const magic = second ? "n+2\0\r\n\x1a\n" : random.uniform() < 0.9 ? MAGIC[0]! : pick(MAGIC, random);
  header.set(Buffer.from(magic, "latin1"), second ? 4 : 344);
  return joined(header, anyBytes(random.below(700), random));
}

/** Every type of voxels in some version and byte order, every way to state a place, and odd sizes. */
const SEEDS =
  /^(float(32|64)|u?int(8|16|32|64))-(1-big|2-little)\.nii$|^(dims-\dx|extension|not-finite|qform-oblique|sform-before|scaling-both|neither)/;

export async function open(): Promise<OpenParser> {
  return {
    seeds: fixtures("nifti", SEEDS),
    async read(bytes) {
      await readVolumeHeader(bytes, "scan.nii");
      await readVolume(bytes, "scan.nii");
    },
    fields,
    grammar,
  };
}
