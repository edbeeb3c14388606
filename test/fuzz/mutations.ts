/** Ways to damage a file, all by chance from a seed. */
import type { Random } from "../../src/base/index.js";
import type { Field } from "./parser.js";

export const pick = <Item>(items: readonly Item[], random: Random): Item =>
  items[random.below(items.length)]!;

/** The file with some bits turned over. */
export function bitsFlipped(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const changed = Uint8Array.from(bytes);
  for (let left = 1 + random.below(4); left > 0; left--) {
    changed[random.below(changed.length)]! ^= 1 << random.below(8);
  }
  return changed;
}

const STRIKING = [0, 1, 0x7f, 0x80, 0xff, 0x20, 0x0a];

/** The file with some bytes, alone or in runs, set to others. */
export function bytesSet(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Uint8Array.from(bytes);
  for (let left = 1 + random.below(6); left > 0; left--) {
    const at = random.below(changed.length);
    const value = random.uniform() < 0.5 ? pick(STRIKING, random) : random.below(256);
    changed.fill(value, at, at + (random.uniform() < 0.8 ? 1 : 1 + random.below(16)));
  }
  return changed;
}

/** The beginning of one file and the end of another. */
export function spliced(first: Uint8Array, second: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const cut = random.below(first.length + 1);
  const from = random.uniform() < 0.5 ? cut : random.below(second.length + 1);
  return joined(first.subarray(0, cut), second.subarray(Math.min(from, second.length)));
}

/** The file with a piece of it twice, gone, or replaced by bytes at random. */
export function rearranged(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, start + random.below(random.uniform() < 0.5 ? 9 : bytes.length + 1));
  const [before, piece, after] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)];
  const kind = random.below(4);
  if (kind === 0) return joined(before, after);
  if (kind === 1) return joined(before, piece, piece, after);
  if (kind === 2) return joined(before, anyBytes(random.below(33), random), piece, after);
  return joined(before, after, piece);
}

/** The file with some of its fields at extremes. */
export function fieldsForged(bytes: Uint8Array, fields: readonly Field[], random: Random): Uint8Array {
  const count = random.uniform() < 0.6 ? 1 : 2 + random.below(4);
  const chosen = new Set(Array.from({ length: count }, () => pick(fields, random)));
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const field of [...chosen].sort((a, b) => a.start - b.start)) {
    if (field.start < from) continue;
    pieces.push(bytes.subarray(from, field.start), pick(field.values, random));
    from = field.end;
  }
  return joined(...pieces, bytes.subarray(from));
}

export const anyBytes = (length: number, random: Random): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, () => random.below(256));

export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
