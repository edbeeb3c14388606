/** Reading of formats whose header is text: the same for all of them, once the header is parsed. */
import type { SourcedVolume, VolumeFormat, VolumeHeader } from "./format.js";
import { LineSource, readStored, type StoredVoxels } from "./text-header.js";
import { channelsLast, type Datatype, decodeVoxels, type Encoding } from "./voxels.js";

/** A checked header: everything needed to read the voxels, which the file can hold and memory too. */
export interface TextHeader<Place> extends VolumeHeader, Encoding {
  readonly datatype: Datatype;
  readonly stored: StoredVoxels;
  /** Numbers between two of the next channel. */
  readonly fasterThanChannels: number;
  /** The fields that say where the voxels lie. */
  readonly place: Place;
  readonly warnings: readonly string[];
}

/**
 * @param format its name
 * @param parse reads and checks the header at the start, and stops right behind it
 */
export const readingOf = <Place>(
  format: string,
  parse: (lines: LineSource, name: string) => Promise<TextHeader<Place>>,
): Pick<VolumeFormat, "readHeader" | "read"> => ({
  async readHeader(source, name) {
    const header = await parse(new LineSource(source, name), name);
    const { shape, affine, channels, datatype, integer, voxelBytes } = header;
    return { format: header.format, shape, affine, channels, datatype, integer, voxelBytes };
  },

  async read(source, name): Promise<SourcedVolume> {
    const lines = new LineSource(source, name);
    const header = await parse(lines, name);
    const { shape, affine, channels, warnings, place } = header;
    const data = decodeVoxels(await readStored(lines, header.stored, name), header);
    return {
      shape,
      affine,
      channels,
      data: channelsLast(data, channels, header.fasterThanChannels),
      source: { format, grid: { shape, affine }, warnings, fields: place },
    };
  },
});
