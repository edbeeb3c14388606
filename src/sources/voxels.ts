/** Voxels between their bytes in a file and arrays of numbers. */
import type { VoxelArray } from "../volume/index.js";

/** Types of stored numbers, one a voxel and channel. */
export type Datatype =
  | "uint8"
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64";

/** How voxels are stored. */
export interface Encoding {
  readonly datatype: Datatype;
  readonly littleEndian: boolean;
  /** value = slope * stored + intercept; undefined when stored numbers stand for themselves. */
  readonly scaling?: { readonly slope: number; readonly intercept: number } | undefined;
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const TWO_TO_32 = 2 ** 32;

/**
 * Voxels from their bytes, which are reused where the stored type is the result's: see `readVolume` for which kind of
 * array comes out. `bytes` must own its whole buffer.
 */
export function decodeVoxels(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): VoxelArray {
  if (encoding.littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, bytesOf(encoding.datatype));
  const stored = viewOf(bytes.buffer, encoding.datatype);
  if (encoding.scaling === undefined) {
    return encoding.datatype === "float64" ? new Float32Array(stored) : stored;
  }
  const { slope, intercept } = encoding.scaling;
  // Computed in double, as nibabel does, and rounded once.
  const scaled = new Float32Array(stored.length);
  for (let n = 0; n < scaled.length; n++) scaled[n] = stored[n]! * slope + intercept;
  return scaled;
}

/** The bytes of voxels as a little-endian file holds them; a view on the voxels where the host agrees. */
export function littleEndianBytes(data: VoxelArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (HOST_IS_LITTLE_ENDIAN) return bytes;
  const swapped = bytes.slice();
  swapBytes(swapped, data.BYTES_PER_ELEMENT);
  return swapped;
}

/** Bytes of one number. */
export const bytesOf = (datatype: Datatype): number => Number(/\d+$/.exec(datatype)![0]) / 8;

/** The type in which an array's numbers are stored as they are. */
export const datatypeOf = (data: VoxelArray): Datatype =>
  data.constructor.name.replace("Array", "").toLowerCase() as Datatype;

/**
 * The same numbers with the axis of channels, somewhere among the axes of a file, as the slowest.
 *
 * @param faster numbers between two of the next channel: the product of the sizes of the axes before it
 */
export function channelsLast<Data extends VoxelArray>(data: Data, channels: number, faster: number): Data {
  if (channels === 1 || data.length === channels * faster) return data;
  return moved(data, channels, (at, channel, voxels) => {
    const slower = Math.floor(at / faster);
    return { from: (slower * channels + channel) * faster + (at % faster), to: channel * voxels + at };
  });
}

/** The same numbers with the channels of each voxel side by side. */
export function channelsFirst<Data extends VoxelArray>(data: Data, channels: number): Data {
  if (channels === 1) return data;
  return moved(data, channels, (at, channel, voxels) => ({
    from: channel * voxels + at,
    to: at * channels + channel,
  }));
}

function moved<Data extends VoxelArray>(
  data: Data,
  channels: number,
  places: (at: number, channel: number, voxels: number) => { from: number; to: number },
): Data {
  const voxels = data.length / channels;
  const result = new (data.constructor as new (length: number) => Data)(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < voxels; at++) {
      const { from, to } = places(at, channel, voxels);
      result[to] = data[from]!;
    }
  }
  return result;
}

function viewOf(buffer: ArrayBuffer, datatype: Datatype): VoxelArray {
  switch (datatype) {
    case "uint8":
      return new Uint8Array(buffer);
    case "int8":
      return new Int8Array(buffer);
    case "uint16":
      return new Uint16Array(buffer);
    case "int16":
      return new Int16Array(buffer);
    case "uint32":
      return new Uint32Array(buffer);
    case "int32":
      return new Int32Array(buffer);
    case "float32":
      return new Float32Array(buffer);
    case "float64":
      return new Float64Array(buffer);
    case "int64":
      return fromPairs(new Int32Array(buffer), "int64");
    case "uint64":
      return fromPairs(new Int32Array(buffer), "uint64");
  }
}

/**
 * 64-bit integers, given as pairs of 32-bit halves in the host's order: into 32 bits when all fit, for these are labels
 * that some tool wrote wide; else into doubles, exact up to 2^53.
 */
function fromPairs(
  halves: Int32Array,
  datatype: "int64" | "uint64",
): Int32Array | Uint32Array | Float64Array {
  const signed = datatype === "int64";
  const count = halves.length / 2;
  const [low, high] = HOST_IS_LITTLE_ENDIAN ? [0, 1] : [1, 0];
  let fitsSigned = true;
  let fitsUnsigned = true;
  for (let n = 0; n < count; n++) {
    const below = halves[2 * n + low]!;
    const above = halves[2 * n + high]!;
    fitsUnsigned &&= above === 0;
    // Of unsigned numbers only those below 2^31 fit; of signed ones those whose upper half repeats the sign.
    fitsSigned &&= above === below >> 31 && (signed || above === 0);
  }
  if (fitsSigned) return Int32Array.from({ length: count }, (_, n) => halves[2 * n + low]!);
  if (fitsUnsigned) return Uint32Array.from({ length: count }, (_, n) => halves[2 * n + low]!);
  return Float64Array.from({ length: count }, (_, n) => {
    const above = halves[2 * n + high]!;
    return (signed ? above : above >>> 0) * TWO_TO_32 + (halves[2 * n + low]! >>> 0);
  });
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) {
    for (let low = at, high = at + width - 1; low < high; low++, high--) {
      const held = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = held;
    }
  }
}
