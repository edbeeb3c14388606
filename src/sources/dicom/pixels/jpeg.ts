/** The two kinds of lossless JPEG: ITU T.81 process 14, and JPEG-LS (ITU T.87), which may be nearly lossless. */
import { Decoder } from "jpeg-lossless-decoder-js";
import { CompiledDecoder, silent } from "./emscripten.js";
import { type FrameDecoder, type FrameSize, widened } from "./frame-decoder.js";

const startOfFrame = { lossless: 0xc3, ls: 0xf7 } as const;

export const decodeJpegLossless: FrameDecoder = async (encoded, size) => {
  refuseOtherSize(encoded, size, startOfFrame.lossless);
  refuseNoEnd(encoded);
  refuseTooShort(encoded, size);
  const own = encoded.slice();
  const decoded = new Decoder().decompress(own.buffer, 0, own.length);
  return widened(new Uint8Array(decoded), size);
};

const charls = new CompiledDecoder(async () => {
  const { default: open } = await import("#decoders/jpeg-ls");
  return (await open(silent())).JpegLSDecoder;
});

export const decodeJpegLs: FrameDecoder = async (encoded, size) => {
  refuseOtherSize(encoded, size, startOfFrame.ls);
  refuseNoEnd(encoded);
  return widened(await charls.decode(encoded, size), size);
};

/**
 * What the code stream itself says of its size must be what the data set says: decoders take memory by it.
 *
 * @throws RangeError where it is another size, process or number of components
 */
function refuseOtherSize(encoded: Uint8Array, { rows, columns }: FrameSize, process: number): void {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  let at = 2;
  for (;;) {
    if (view.getUint8(at) !== 0xff) throw new RangeError("no marker");
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at += 1;
    else if (isStartOfFrame(marker)) {
      const sizes = [view.getUint16(at + 5), view.getUint16(at + 7), view.getUint8(at + 9)];
      if (marker === process && sizes.join() === [rows, columns, 1].join()) return;
      throw new RangeError("another size or process");
    } else at += 2 + view.getUint16(at + 2);
  }
}

/**
 * A stream must end with its marker, bytes of padding aside. Of what is cut off, one decoder makes zeros without a word, and
 * the other may search for an end for long.
 */
function refuseNoEnd(encoded: Uint8Array): void {
  const end = encoded.subarray(-16);
  const at = end.lastIndexOf(0xd9);
  if (at < 1 || end[at - 1] !== 0xff) throw new RangeError("no end");
}

/**
 * A Huffman code has at least one bit (T.81, annex C), so every sample takes one. The decoder goes on through every sample of
 * the stated size after the stream has ended: without this, two kilobytes keep it busy for a quarter of a minute. CharLS
 * stops by itself.
 */
function refuseTooShort(encoded: Uint8Array, { rows, columns }: FrameSize): void {
  if (8 * encoded.length < rows * columns) throw new RangeError("fewer bits than samples");
}

/** SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), and that of JPEG-LS. */
const isStartOfFrame = (marker: number): boolean =>
  marker === startOfFrame.ls || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
