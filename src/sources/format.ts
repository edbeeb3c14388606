import type { Grid, Modality, Volume, VoxelArray } from "../volume/index.js";
import type { ByteSource } from "./byte-source.js";
import type { DetachedHeaders } from "./detached.js";

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

/**
 * What a volume was read from. It belongs to the volume's own grid: whatever crops, turns or resamples makes a volume
 * without it.
 */
export interface VolumeSource {
  /** The format's name, as in the registry. */
  readonly format: string;
  readonly grid: Grid;
  /** Sentences about what the file leaves open or says twice; nothing of a patient is in them. */
  readonly warnings: readonly string[];
  /** How the image came about, where the file says so (DICOM): of all channels, or of each. */
  readonly modality?: Modality | readonly Modality[];
  /** The fields that say where the volume lies, in the format's own terms. */
  readonly fields: unknown;
}

/** A volume that knows where it came from. */
export interface SourcedVolume<Data extends VoxelArray = VoxelArray> extends Volume<Data> {
  readonly source: VolumeSource;
}

/** Choices when writing. */
export interface WriteOptions {
  /**
   * What the volume is a result of, on the same grid: the file then says where it lies in the very fields of that one,
   * where both are of the same format, so that every program sees them in one place.
   */
  readonly like?: VolumeSource;
  /** A few words to store in the file, where the format has a place (NIfTI: 79 bytes of ASCII). */
  readonly description?: string;
}

/** A file format of volumes. To add one: a folder with an object of this kind, and a line in `registry.ts`. */
export interface VolumeFormat {
  /** For messages: "NIfTI". */
  readonly name: string;
  /** Endings of file names, lower case with the dot: what a file to write is recognised by. */
  readonly endings: readonly string[];
  /** Present where a header may lie apart from its voxels. */
  readonly detached?: DetachedHeaders;
  /** True when a file's first bytes (unpacked, up to 1024) are this format's. */
  recognises(start: Uint8Array): boolean;
  /** Reads the header alone. `name` is for errors, which are `UserError`s. */
  readHeader(source: ByteSource, name: string): Promise<VolumeHeader>;
  /** Reads everything. */
  read(source: ByteSource, name: string): Promise<SourcedVolume>;
  /** The file's bytes; gzipped where `name` asks for it. */
  write(volume: Volume, name: string, options: WriteOptions): Promise<Uint8Array>;
}
