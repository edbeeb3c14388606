/** Types of decoders that bring none. */

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}

/** What the codecs of cornerstone compile to: an Emscripten module. */
interface EmscriptenDecoder {
  /** Room for the code stream, in the module's memory. */
  getEncodedBuffer(length: number): Uint8Array;
  /** The pixels, in the module's memory: to be copied before the next call. */
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): FrameInfo;
  decode(): void;
  delete(): void;
}

interface EmscriptenOptions {
  print(text: string): void;
  printErr(text: string): void;
}

/** CharLS; package.json says which build: WebAssembly where files can be read, plain JavaScript in a browser. */
declare module "#decoders/jpeg-ls" {
  export default function open(
    options: EmscriptenOptions,
  ): Promise<{ JpegLSDecoder: new () => EmscriptenDecoder }>;
}

/** OpenJPEG, in the same two builds. */
declare module "#decoders/jpeg-2000" {
  export default function open(
    options: EmscriptenOptions,
  ): Promise<{ J2KDecoder: new () => EmscriptenDecoder }>;
}

declare module "jpeg-lossless-decoder-js" {
  export class Decoder {
    /** @returns pixels of one or two bytes, in the host's byte order */
    decompress(buffer: ArrayBuffer, offset: number, length: number): ArrayBuffer;
  }
}
