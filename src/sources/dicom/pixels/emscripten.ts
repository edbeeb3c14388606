/** How a decoder that was compiled from C++ is called. */
import type { FrameSize } from "./frame-decoder.js";

type DecoderClass = new () => EmscriptenDecoder;

/** The options of every module: nothing is printed. */
export const silent: EmscriptenOptions = { print() {}, printErr() {} };

/** A compiled decoder, fetched and opened when it is first wanted: these are large, and most series need none. */
export class CompiledDecoder {
  private opened: Promise<DecoderClass> | undefined;

  constructor(private readonly open: () => Promise<DecoderClass>) {}

  /** @returns the decoded bytes, in memory of their own; decoders signal some damage by an image without size */
  async decode(encoded: Uint8Array, size: FrameSize): Promise<Uint8Array> {
    this.opened ??= this.open();
    try {
      return decoded(await this.opened, encoded, size);
    } catch (error) {
      // A module that was stopped in the middle is of no more use.
      this.opened = undefined;
      throw error;
    }
  }
}

function decoded(Decoder: DecoderClass, encoded: Uint8Array, size: FrameSize): Uint8Array {
  const decoder = new Decoder();
  decoder.getEncodedBuffer(encoded.length).set(encoded);
  decoder.decode();
  const { width, height, componentCount } = decoder.getFrameInfo();
  if (width !== size.columns || height !== size.rows || componentCount !== 1)
    throw new RangeError("another size");
  const bytes = decoder.getDecodedBuffer().slice();
  decoder.delete();
  return bytes;
}
