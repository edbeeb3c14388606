/** How a decoder that was compiled from C++ is called. */
import type { FrameSize } from "./frame-decoder.js";

/** What the codecs of cornerstone export, compiled by Emscripten. */
export type DecoderClass = new () => EmscriptenDecoder;

interface EmscriptenDecoder {
  /** Room for the code stream, in the module's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  /** The pixels, in the module's memory: to be copied before the next call. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
  decode(): void;
  delete(): void;
}

/** Where a module prints. */
export interface ModuleOptions {
  print(text: string): void;
  printErr(text: string): void;
}

/** Options of a module, which makes them its own: nothing is printed. */
export const silent = (): ModuleOptions => ({ print() {}, printErr() {} });

/** A compiled decoder, fetched and opened when it is first wanted: these are large, and most series need none. */
export class CompiledDecoder {
  private opened: Promise<DecoderClass> | undefined;

  constructor(private readonly open: () => Promise<DecoderClass>) {}

  /** @returns the decoded bytes, in memory of their own; decoders signal some damage by an image without size */
  async decode(encoded: Uint8Array, size: FrameSize): Promise<Uint8Array> {
    this.opened ??= this.open();
    const Decoder = await this.opened;
    try {
      return decoded(new Decoder(), encoded, size);
    } catch (error) {
      // Numbers are exceptions of C++, which leave the module in order. After anything else it is of no more use.
      if (typeof error !== "number" && !(error instanceof OtherSize)) this.opened = undefined;
      throw error;
    }
  }
}

class OtherSize extends RangeError {}

function decoded(decoder: EmscriptenDecoder, encoded: Uint8Array, size: FrameSize): Uint8Array {
  try {
    decoder.getEncodedBuffer(encoded.length).set(encoded);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (width !== size.columns || height !== size.rows || componentCount !== 1) throw new OtherSize();
    return decoder.getDecodedBuffer().slice();
  } finally {
    decoder.delete();
  }
}
