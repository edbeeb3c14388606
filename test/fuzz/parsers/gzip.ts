/** Gzip around a NIfTI: the packing itself, its lengths and checksums, and several members. */
import { deflateRawSync, gzipSync } from "node:zlib";
import type { Random } from "../../../src/base/index.js";
import { readVolume } from "../../../src/sources/index.js";
import { fixture, fixtures } from "../fixtures.js";
import { anyBytes, bitsFlipped, fieldsForged, joined, pick, spliced } from "../mutations.js";
import { bytesOfNumber, numberField } from "../numbers.js";
import type { Field, OpenParser } from "../parser.js";

/** Header and trailer (RFC 1952): method, flags, time, extra flags, system; checksum and length. */
const fields = (seed: Uint8Array): Field[] => [
  ...Array.from({ length: 10 }, (_, at) => numberField(at, "uint8", true)),
  numberField(seed.length - 8, "int32", true),
  numberField(seed.length - 4, "int32", true),
];

/** Zeros behind a header make a bomb: 16 KiB in some tens of bytes. */
const ZEROS = new Uint8Array(2 ** 14);

/** A member by the rules of RFC 1952, with optional parts, around what is a NIfTI or was one. */
function member(content: Uint8Array<ArrayBuffer>, random: Random): Uint8Array {
  const flags = random.below(32);
  const packed =
    random.uniform() < 0.1 ? anyBytes(40, random) : deflateRawSync(content, { level: random.below(10) });
  const parts = [Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255)];
  if (flags & 4) {
    const length = random.below(40);
    const said = random.uniform() < 0.8 ? length : random.below(65536);
    parts.push(bytesOfNumber(said, "int16", true), anyBytes(length, random));
  }
  const text = (): Uint8Array<ArrayBuffer> =>
    joined(
      anyBytes(random.below(20), random).map((byte) => byte | 1),
      Uint8Array.of(0),
    );
  if (flags & 8) parts.push(text());
  if (flags & 16) parts.push(text());
  if (flags & 2) parts.push(anyBytes(2, random));
  const honest = random.uniform() < 0.8;
  const sum = honest ? checksum(content) : random.below(2 ** 31);
  const length = random.uniform() < 0.9 ? content.length : pick([0, 2 ** 31, 2 ** 32 - 1], random);
  return joined(...parts, packed, bytesOfNumber(sum, "int32", true), bytesOfNumber(length, "int32", true));
}

/** CRC-32 as zlib itself writes it. */
function checksum(content: Uint8Array<ArrayBuffer>): number {
  const packed = gzipSync(content, { level: 1 });
  return packed.readUInt32LE(packed.length - 8);
}

export async function open(): Promise<OpenParser> {
  const other = fixture("nifti/float64-2-big.nii");
  const whole = fixture("nifti/float32-1-little.nii");
  return {
    seeds: [
      ...fixtures("nifti", /^(int16|uint8).*\.nii\.gz$/),
      ...[0, 9].map((level) => new Uint8Array(gzipSync(whole, { level }))),
      new Uint8Array(gzipSync(joined(whole, ZEROS))),
      joined(gzipSync(whole.subarray(0, 200)), gzipSync(whole.subarray(200))),
    ],
    read: (bytes) => readVolume(bytes, "scan.nii.gz"),
    fields,
    grammar(random) {
      const content = pick(
        [whole, bitsFlipped(whole, random), joined(whole, ZEROS), spliced(whole, other, random)],
        random,
      );
      if (random.uniform() < 0.6) return member(content, random);
      const cut = random.below(content.length);
      const pair = joined(member(content.subarray(0, cut), random), member(content.subarray(cut), random));
      return random.uniform() < 0.5 ? pair : fieldsForged(pair, fields(pair), random);
    },
  };
}
