/** Numbers at which parsers stumble, as bytes of every kind. */
import type { Field } from "./parser.js";

export type NumberKind = "uint8" | "int16" | "int32" | "int64" | "float32" | "float64";

const WHOLE = [
  0,
  -1,
  1,
  2,
  127,
  255,
  32767,
  65535,
  65536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
];

const REAL = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-300,
  1e300,
  2 ** 31,
  -(2 ** 31),
  5e-324,
  65535.5,
];

/** Bytes of each. */
export const SIZES: Readonly<Record<NumberKind, number>> = {
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  float64: 8,
};

/** A number in a header, to be replaced by extremes. */
export function numberField(start: number, kind: NumberKind, littleEndian: boolean): Field {
  const end = start + SIZES[kind];
  const numbers = kind.startsWith("float") ? REAL : WHOLE;
  return { start, end, values: numbers.map((value) => bytesOfNumber(value, kind, littleEndian)) };
}

/** A number as it is stored; too great a one wraps around. */
export function bytesOfNumber(
  value: number,
  kind: NumberKind,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SIZES[kind]);
  const view = new DataView(bytes.buffer);
  if (kind === "uint8") view.setUint8(0, value);
  else if (kind === "int16") view.setInt16(0, value, littleEndian);
  else if (kind === "int32") view.setInt32(0, value, littleEndian);
  else if (kind === "int64") view.setBigInt64(0, BigInt(value), littleEndian);
  else if (kind === "float32") view.setFloat32(0, value, littleEndian);
  else view.setFloat64(0, value, littleEndian);
  return bytes;
}

/** What takes the place of numbers in texts: extremes, and what only looks like a number. */
export const TEXT_NUMBERS = [
  "0",
  "-1",
  "1",
  "3",
  "255",
  "256",
  "65535",
  "65536",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9007199254740993",
  "18446744073709551616",
  "1e309",
  "-1e309",
  "1e-400",
  "0.5",
  "NaN",
  "nan",
  "Infinity",
  "inf",
  "0x10",
  "1_000",
  "",
  "--1",
  "1e",
  ".",
  "1".repeat(400),
] as const;

const textValues = TEXT_NUMBERS.map((text) => new TextEncoder().encode(text));

/** The most places that are looked for in one text. */
const MOST_PLACES = 400;

/** Numbers that a file states as text. */
export function textNumbers(bytes: Uint8Array): Field[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const fields: Field[] = [];
  for (const { index, 0: found } of text.matchAll(/[-+]?\d[\d.]*(?:e[-+]?\d+)?/gi)) {
    fields.push({ start: index, end: index + found.length, values: textValues });
    if (fields.length === MOST_PLACES) break;
  }
  return fields;
}
