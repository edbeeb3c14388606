import { CompiledDecoder, silent } from "./emscripten.js";
import { type FrameDecoder, type FrameSize, widened } from "./frame-decoder.js";

const openJpeg = new CompiledDecoder(async () => {
  const { default: open } = await import("#decoders/jpeg-2000");
  return (await open(silent())).J2KDecoder;
});

/** JPEG 2000, reversible or not (ITU T.800). */
export const decodeJpeg2000: FrameDecoder = async (encoded, size) => {
  refuseOtherSize(encoded, size);
  return widened(await openJpeg.decode(encoded, size), size);
};

/** The SIZ marker, right after the start of the code stream, says the size by which the decoder takes memory. */
function refuseOtherSize(encoded: Uint8Array, { rows, columns }: FrameSize): void {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const siz = 2;
  if (view.getUint16(0) !== 0xff4f || view.getUint16(siz) !== 0xff51) throw new RangeError("no code stream");
  const word = (at: number): number => view.getUint32(siz + at);
  const [width, height] = [word(6) - word(14), word(10) - word(18)];
  if (width !== columns || height !== rows || view.getUint16(siz + 38) !== 1)
    throw new RangeError("another size");
}
