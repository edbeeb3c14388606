import { joined, packed } from "../byte-source.js";
import type { SourcedVolume, VolumeFormat, WriteOptions } from "../format.js";
import { readVoxels } from "../read-voxels.js";
import { refuseUnwritable } from "../refuse-unwritable.js";
import { datatypeOf, decodeVoxels, littleEndianBytes } from "../voxels.js";
import { DATATYPES } from "./datatypes.js";
import { encodeHeader } from "./encode-header.js";
import { type HeaderFields, introductionOf } from "./header-fields.js";
import { parseHeader } from "./parse.js";
import { placeWarnings } from "./place-warnings.js";

const NAME = "NIfTI";

/**
 * NIfTI-1 and NIfTI-2 in one file, plain or gzipped, either byte order. Which affine counts: see `affineOf`; what is
 * written: see `encodeHeader`. https://nifti.nimh.nih.gov
 */
export const nifti: VolumeFormat = {
  name: NAME,
  endings: [".nii", ".nii.gz"],

  recognises: (start) => introductionOf(start) !== undefined,

  async readHeader(source, name) {
    const { format, shape, affine, channels, datatype, integer, voxelBytes } = await parseHeader(
      source,
      name,
    );
    return { format, shape, affine, channels, datatype, integer, voxelBytes };
  },

  async read(source, name): Promise<SourcedVolume> {
    const header = await parseHeader(source, name);
    await source.skip(header.gap);
    const bytes = await readVoxels(source, header.voxelBytes, name);
    const { shape, affine, channels, fields } = header;
    return {
      shape,
      affine,
      channels,
      data: decodeVoxels(bytes, header),
      source: { format: NAME, grid: { shape, affine }, warnings: placeWarnings(fields, shape), fields },
    };
  },

  async write(volume, name, options: WriteOptions): Promise<Uint8Array> {
    const { data } = volume;
    refuseUnwritable(volume);
    const [code, type] = [...DATATYPES].find(([, { name: kind }]) => kind === datatypeOf(data))!;
    // Fields are ASCII and end with a zero.
    const description = (options.description ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 79);
    const { like } = options;
    const header = encodeHeader(volume, {
      datatype: code,
      bits: type.bytes * 8,
      description,
      like: like?.format === NAME ? (like.fields as HeaderFields) : undefined,
    });
    const voxels = littleEndianBytes(data);
    return name.toLowerCase().endsWith(".gz") ? packed([header, voxels], "gzip") : joined([header, voxels]);
  },
};
