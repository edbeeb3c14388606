import { UserError } from "../base/index.js";
/**
 * The safetensors file format, float32 only: eight bytes with the length of a JSON header, the header, the numbers.
 *
 * Specification: the format section of the README of huggingface/safetensors. Written as the reference library does
 * it (tensors by name, header padded with spaces to a multiple of eight bytes) and read with its checks: the tensors
 * must fill the file without holes or overlaps. A file from a stranger is refused before memory is taken for it.
 */

/** Numbers with sizes of axes; the last axis runs fastest. */
export interface NamedTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference library's limit. */
const LARGEST_HEADER = 100_000_000;
const METADATA = "__metadata__";

/** The bytes of a file with these tensors and texts; the same content gives the same bytes, in any order. */
export function encodeTensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const names = [...tensors.keys()].sort();
  const entries: [string, unknown][] = [];
  const texts = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (texts.length > 0) entries.push([METADATA, Object.fromEntries(texts)]);
  let end = 0;
  for (const name of names) {
    const { dims, data } = tensors.get(name) as NamedTensor;
    if (name === METADATA) throw new RangeError(`a tensor may not be named ${METADATA}`);
    if (elementCount(dims) !== data.length) {
      throw new RangeError(`tensor ${name}: ${data.length} numbers for sizes [${dims.join(", ")}]`);
    }
    entries.push([name, { dtype: "F32", shape: dims, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let offset = 8 + headerLength;
  for (const name of names) {
    const { data } = tensors.get(name) as NamedTensor;
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * @param name what to call the file in errors
 * @throws UserError when the bytes are no safetensors file, are cut off, or hold other numbers than float32
 */
export function decodeTensors(bytes: Uint8Array, name: string): TensorFile {
  const { header, start } = readHeader(bytes, name);
  const available = bytes.length - start;
  const metadata = readMetadata(header.get(METADATA), name);
  const entries = [...header]
    .filter(([key]) => key !== METADATA)
    .map(([key, value]) => ({ key, ...readEntry(key, value, name) }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let position = 0;
  for (const { key, from, to } of entries) {
    if (from !== position) {
      throw damaged(name, `tensor ${key} at byte ${from} of the data`, `it to follow at byte ${position}`);
    }
    position = to;
  }
  if (position !== available) {
    throw damaged(name, `${available} bytes of data`, `the ${position} that its header promises`);
  }
  const tensors = new Map<string, NamedTensor>();
  for (const { key, dims, from, to } of entries) {
    // A copy, since the file's bytes need not be aligned for a view of float32 (and a Buffer's slice is no copy).
    const data = new Float32Array(new Uint8Array(bytes.subarray(start + from, start + to)).buffer);
    tensors.set(key, { dims, data });
  }
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array, name: string): { header: Map<string, unknown>; start: number } {
  if (bytes.length < 8) throw damaged(name, `${bytes.length} bytes`, "at least 8");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > LARGEST_HEADER || Number(length) > bytes.length - 8) {
    throw damaged(name, `a header said to be ${length} bytes long`, "one that fits the file");
  }
  const start = 8 + Number(length);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start));
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return { header: new Map(Object.entries(value)), start };
  } catch {
    // Falls through: no JSON is as bad as JSON of another form.
  }
  throw damaged(name, "a header that is not a JSON object", "a safetensors header");
}

function readMetadata(value: unknown, name: string): Record<string, string> {
  if (value === undefined) return {};
  if (isRecord(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, text]) => typeof text === "string")) return value as Record<string, string>;
  }
  throw damaged(name, `${METADATA} of another form`, "names with texts");
}

function readEntry(key: string, value: unknown, name: string): { dims: number[]; from: number; to: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (typeof dtype === "string" && dtype !== "F32") {
    throw new UserError({
      subject: `${name}, tensor ${key}`,
      found: `numbers of type ${dtype}`,
      expected: "float32 (F32)",
      advice: "Convert the weights to float32 first.",
    });
  }
  if (dtype !== "F32" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw damaged(name, `an entry for tensor ${key} of another form`, "dtype, shape and data_offsets");
  }
  const [from, to] = offsets as [number, number];
  if (to - from !== 4 * elementCount(shape)) {
    throw damaged(name, `${to - from} bytes for tensor ${key}`, `4 bytes for each of [${shape.join(", ")}]`);
  }
  return { dims: shape, from, to };
}

const elementCount = (dims: readonly number[]): number => dims.reduce((count, size) => count * size, 1);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);

function damaged(subject: string, found: string, expected: string): UserError {
  return new UserError({
    subject,
    found,
    expected,
    advice: "The file is cut off, damaged or no safetensors file: copy it again, or choose another.",
  });
}
