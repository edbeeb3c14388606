/** Types of decoders that bring none. */

/** CharLS; package.json says which build: WebAssembly under Node, plain JavaScript in a browser. */
declare module "#decoders/jpeg-ls" {
  export default function open(
    options: import("./emscripten.js").ModuleOptions,
  ): Promise<{ JpegLSDecoder: import("./emscripten.js").DecoderClass }>;
}

/** OpenJPEG, in the same two builds. */
declare module "#decoders/jpeg-2000" {
  export default function open(
    options: import("./emscripten.js").ModuleOptions,
  ): Promise<{ J2KDecoder: import("./emscripten.js").DecoderClass }>;
}

declare module "jpeg-lossless-decoder-js" {
  export class Decoder {
    /** @returns pixels of one or two bytes, in the host's byte order */
    decompress(buffer: ArrayBuffer, offset: number, length: number): ArrayBuffer;
  }
}
