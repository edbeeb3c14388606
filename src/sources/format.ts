import type { Grid, Volume } from "../volume/index.js";
import type { ByteSource } from "./byte-source.js";

/** What a file says about its volume, known before its voxels are read. */
export interface VolumeHeader extends Grid {
  /** The format and its version, for people: "NIfTI-1". */
  readonly format: string;
  readonly channels: number;
  /** Type of the stored numbers: "uint8", "int16", "float32", ... */
  readonly datatype: string;
  /** True when stored numbers are integers and stand for themselves: the file can be a label map. */
  readonly integer: boolean;
  /** Bytes of the voxels in the file, unpacked. */
  readonly voxelBytes: number;
}

/** Choices when writing. */
export interface WriteOptions {
  /** A few words to store in the file, where the format has a place (NIfTI: 79 bytes of ASCII). */
  readonly description?: string;
}

/** A file format of volumes. To add one: a folder with an object of this kind, and a line in `registry.ts`. */
export interface VolumeFormat {
  /** For messages: "NIfTI". */
  readonly name: string;
  /** Endings of file names, lower case with the dot: what a file to write is recognised by. */
  readonly endings: readonly string[];
  /** True when a file's first bytes (unpacked, up to 1024) are this format's. */
  recognises(start: Uint8Array): boolean;
  /** Reads the header alone. `name` is for errors, which are `UserError`s. */
  readHeader(source: ByteSource, name: string): Promise<VolumeHeader>;
  /** Reads everything. */
  read(source: ByteSource, name: string): Promise<Volume>;
  /** The file's bytes; gzipped where `name` asks for it. */
  write(volume: Volume, name: string, options: WriteOptions): Promise<Uint8Array>;
}
