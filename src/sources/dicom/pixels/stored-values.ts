/** The numbers of a frame as they are stored, before their scaling. */
import dicomParser, { type DataSet, type Element } from "dicom-parser";
import type { StoredPixels } from "../instance.js";
import { tags } from "../tags.js";
import { encodingOf } from "./transfer-syntaxes.js";

/**
 * Stored values of one frame, row by row: masked to the bits that were stored, with their sign.
 *
 * @param index of the frame, from 0
 * @throws anything where the pixels are cut off or damaged
 */
export async function storedValues(
  dataSet: DataSet,
  stored: StoredPixels,
  index: number,
): Promise<Int32Array | Uint32Array> {
  const bytes = await frameBytesOf(dataSet, stored, index);
  return valuesOf(bytes, stored);
}

async function frameBytesOf(dataSet: DataSet, stored: StoredPixels, index: number): Promise<Uint8Array> {
  const element = dataSet.elements[tags.pixelData] as Element;
  const encoding = encodingOf(stored.transferSyntaxUid);
  if (encoding === undefined) throw new RangeError("a transfer syntax that is not read");
  const size = { rows: stored.rows, columns: stored.columns, sampleBytes: stored.bitsAllocated / 8 };
  if (encoding.compressed) return encoding.decode(encodedFrame(dataSet, element, stored, index), size);
  const length = size.rows * size.columns * size.sampleBytes;
  const start = element.dataOffset + index * length;
  if (element.encapsulatedPixelData || (index + 1) * length > element.length) throw new RangeError("cut off");
  const bytes = dataSet.byteArray.slice(start, start + length);
  if (bytes.length < length) throw new RangeError("cut off");
  // Bytes of 8-bit samples that are stored as 16-bit words are swapped as well.
  if (encoding.bigEndian && (size.sampleBytes > 1 || element.vr === "OW"))
    swapBytes(bytes, Math.max(2, size.sampleBytes));
  return bytes;
}

/** The code stream of a frame: its fragments, joined. */
function encodedFrame(dataSet: DataSet, element: Element, stored: StoredPixels, index: number): Uint8Array {
  const { fragments = [], basicOffsetTable = [] } = element;
  const part = (first: number, count: number): Uint8Array =>
    // The copy is for decoders that take memory of their own.
    Uint8Array.from(dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, first, count));
  if (fragments.length === stored.frames) return part(index, 1);
  if (stored.frames === 1) return part(0, fragments.length);
  if (basicOffsetTable.length !== stored.frames) throw new RangeError("frames that cannot be told apart");
  return Uint8Array.from(dicomParser.readEncapsulatedImageFrame(dataSet, element, index));
}

function valuesOf(bytes: Uint8Array, stored: StoredPixels): Int32Array | Uint32Array {
  const { bitsAllocated, bitsStored, highBit, signed } = stored;
  const raw =
    bitsAllocated === 8
      ? bytes
      : bitsAllocated === 16
        ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
        : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const values = signed ? new Int32Array(raw.length) : new Uint32Array(raw.length);
  // Left until the highest stored bit is the top one, then right again: masks, and repeats the sign.
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  if (signed) for (let at = 0; at < raw.length; at++) values[at] = (raw[at]! << left) >> right;
  else for (let at = 0; at < raw.length; at++) values[at] = (raw[at]! << left) >>> right;
  return values;
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
