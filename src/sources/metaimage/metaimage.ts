import { spacingOf, type Volume } from "../../volume/index.js";
import { joined, packed } from "../byte-source.js";
import type { VolumeFormat, WriteOptions } from "../format.js";
import { refuseUnwritable } from "../refuse-unwritable.js";
import { readingOf } from "../text-volume.js";
import { channelsFirst, datatypeOf, littleEndianBytes } from "../voxels.js";
import { detachedMetaImage } from "./detached.js";
import { isMetaImage, type MetaImagePlace, parseHeader, TYPES } from "./header.js";

const NAME = "MetaImage";

/**
 * MetaImage in one file or with voxels in a file of their own, raw or packed by zlib; written in one file, packed, little
 * endian. Directions and place count as in ITK: TransformMatrix has a row for each voxel axis, coordinates are
 * left-posterior-superior, AnatomicalOrientation says nothing. https://itk.org/Wiki/ITK/MetaIO/Documentation
 */
export const metaImage: VolumeFormat = {
  name: NAME,
  endings: [".mha"],
  detached: detachedMetaImage,

  recognises: isMetaImage,

  ...readingOf(NAME, parseHeader),

  async write(volume, _name, { like, description }: WriteOptions): Promise<Uint8Array> {
    const { shape, channels, data } = volume;
    refuseUnwritable(volume);
    const place = like?.format === NAME ? (like.fields as MetaImagePlace) : placeOfVolume(volume);
    const voxels = await packed([littleEndianBytes(channelsFirst(data, channels))], "deflate");
    const datatype = datatypeOf(data);
    const fields: [string, string | undefined][] = [
      ["ObjectType", "Image"],
      ["NDims", "3"],
      ["Comment", description?.replace(/[^\x20-\x7e]/g, "?")],
      ["BinaryData", "True"],
      ["BinaryDataByteOrderMSB", "False"],
      ["CompressedData", "True"],
      ["CompressedDataSize", String(voxels.length)],
      ["TransformMatrix", place.matrix],
      ["Offset", place.offset],
      ["AnatomicalOrientation", place.orientation],
      ["ElementSpacing", place.spacing],
      ["DimSize", shape.join(" ")],
      ["ElementNumberOfChannels", channels > 1 ? String(channels) : undefined],
      ["ElementType", [...TYPES].find(([, type]) => type === datatype)![0]],
      ["ElementDataFile", "LOCAL"],
    ];
    const text = fields.flatMap(([field, value]) => (value === undefined ? [] : [`${field} = ${value}\n`]));
    return joined([new TextEncoder().encode(text.join("")), voxels]);
  },
};

function placeOfVolume({ affine }: Volume): MetaImagePlace {
  const spacing = spacingOf(affine);
  const column = (axis: number): number[] => {
    const [x, y, z] = [affine[axis]!, affine[4 + axis]!, affine[8 + axis]!];
    return [0 - x, 0 - y, z];
  };
  return {
    matrix: [0, 1, 2].flatMap((axis) => column(axis).map((value) => value / spacing[axis]!)).join(" "),
    offset: column(3).join(" "),
    spacing: spacing.join(" "),
    orientation: undefined,
  };
}
