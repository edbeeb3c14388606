import type { VoxelArray } from "../../volume/index.js";
import type { Datatype } from "./datatypes.js";
import type { NiftiHeader } from "./parse.js";

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const TWO_TO_32 = 2 ** 32;

/**
 * Voxels from their bytes, which are reused where the stored type is the result's: see `readVolume` for which kind of
 * array comes out. `bytes` must own its whole buffer.
 */
export function decodeVoxels(bytes: Uint8Array<ArrayBuffer>, header: NiftiHeader): VoxelArray {
  if (header.littleEndian !== HOST_IS_LITTLE_ENDIAN) swapBytes(bytes, widthOf(header.datatype));
  const stored = viewOf(bytes.buffer, header.datatype);
  if (header.scaling === undefined) {
    return header.datatype === "float64" ? new Float32Array(stored) : stored;
  }
  const { slope, intercept } = header.scaling;
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

function widthOf(datatype: Datatype): number {
  return Number(/\d+$/.exec(datatype)![0]) / 8;
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
