/** How a decoder that was compiled from C++ is called. */
import type { FrameSize } from "./frame-decoder.js";

type DecoderClass = new () => EmscriptenDecoder;

/** @returns the decoded bytes, in memory of their own; decoders signal some damage by an image without size */
export function decodeWith(Decoder: DecoderClass, encoded: Uint8Array, size: FrameSize): Uint8Array {
  const decoder = new Decoder();
  try {
    decoder.getEncodedBuffer(encoded.length).set(encoded);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (width !== size.columns || height !== size.rows || componentCount !== 1)
      throw new RangeError("another size");
    return decoder.getDecodedBuffer().slice();
  } finally {
    decoder.delete();
  }
}

/** The module that `open` gives, fetched and opened when it is first wanted: these are large, and most series need none. */
export function once<Module>(open: () => Promise<Module>): () => Promise<Module> {
  let opened: Promise<Module> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
