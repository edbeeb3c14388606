import type { Volume } from "../../volume/index.js";
import { joined, packed } from "../byte-source.js";
import type { VolumeFormat, WriteOptions } from "../format.js";
import { refuseUnwritable } from "../refuse-unwritable.js";
import { readingOf } from "../text-volume.js";
import { type Datatype, datatypeOf, littleEndianBytes } from "../voxels.js";
import { detachedNrrd } from "./detached.js";
import { isNrrd, parseHeader } from "./header.js";
import type { NrrdPlace } from "./place.js";

const NAME = "NRRD";

/** What a type is called in the files that are written. */
const TYPE_NAMES: Readonly<Record<Datatype, string>> = {
  int8: "int8",
  uint8: "uint8",
  int16: "int16",
  uint16: "uint16",
  int32: "int32",
  uint32: "uint32",
  int64: "int64",
  uint64: "uint64",
  float32: "float",
  float64: "double",
};

/**
 * NRRD in one file or with voxels in a file of their own, raw or gzipped; written in one file, gzipped, little endian.
 * https://teem.sourceforge.net/nrrd/format.html
 */
export const nrrd: VolumeFormat = {
  name: NAME,
  endings: [".nrrd"],
  detached: detachedNrrd,

  recognises: isNrrd,

  ...readingOf(NAME, parseHeader),

  async write(volume, _name, { like, description }: WriteOptions): Promise<Uint8Array> {
    const { shape, channels, data } = volume;
    refuseUnwritable(volume);
    const place = like?.format === NAME ? (like.fields as NrrdPlace) : placeOfVolume(volume);
    const many = channels > 1;
    const withChannels = (words: readonly string[], word: string): string =>
      [...words, ...(many ? [word] : [])].join(" ");
    const fields: [string, string | undefined][] = [
      ["content", description?.replace(/[^\x20-\x7e]/g, "?")],
      ["type", TYPE_NAMES[datatypeOf(data)]],
      ["dimension", many ? "4" : "3"],
      ["space", place.space],
      ["space dimension", place.space === undefined && place.directions !== undefined ? "3" : undefined],
      ["sizes", withChannels(shape.map(String), String(channels))],
      ["spacings", place.spacings && withChannels(place.spacings, "nan")],
      ["space directions", place.directions && withChannels(place.directions, "none")],
      ["kinds", withChannels(["domain", "domain", "domain"], "list")],
      ["endian", "little"],
      ["encoding", "gzip"],
      ["space units", place.units],
      ["space origin", place.origin],
    ];
    const text = fields.flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}\n`]));
    const header = new TextEncoder().encode(`NRRD0004\n${text.join("")}\n`);
    return joined([header, await packed([littleEndianBytes(data)], "gzip")]);
  },
};

/** In left-posterior-superior, which every reader knows. */
function placeOfVolume({ affine }: Volume): NrrdPlace {
  const column = (axis: number): string => {
    const [x, y, z] = [affine[axis]!, affine[4 + axis]!, affine[8 + axis]!];
    return `(${0 - x},${0 - y},${z})`;
  };
  return {
    space: "left-posterior-superior",
    directions: [column(0), column(1), column(2)],
    origin: column(3),
    spacings: undefined,
    units: undefined,
  };
}
