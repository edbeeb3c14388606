/** MetaImage: raw and packed, in one file or with its voxels beside it. */
import { readVolume, readVolumeHeader } from "../../../src/sources/index.js";
import { fixtures } from "../fixtures.js";
import type { OpenParser } from "../parser.js";
import { anyHeader, type HeaderRules } from "./text-header.js";

const RULES: HeaderRules = {
  first: "ObjectType = Image",
  separator: " = ",
  fields: [
    ["NDims", ["3", "3", "4", "2"]],
    ["BinaryData", ["True", "T", "1", "False"]],
    ["BinaryDataByteOrderMSB", ["False", "True"]],
    ["CompressedData", ["False", "False", "True"]],
    ["CompressedDataSize", ["60", "0"]],
    ["TransformMatrix", ["1 0 0 0 1 0 0 0 1", "1 0 0 0 1 0 0 0 0", "nan 0 0 0 1 0 0 0 1", "1 0"]],
    ["Offset", ["0 0 0", "1e9 -3 2", "1"]],
    ["ElementSpacing", ["1 1 1", "0 1 1", "-1 2 3", "1 1 1 1"]],
    ["AnatomicalOrientation", ["RAI", "LPS", "???"]],
    ["DimSize", ["2 3 2", "2 3 2", "2 2 2 2", "1 1 1", "99999 99999 99999"]],
    ["ElementNumberOfChannels", ["1", "1", "2", "3"]],
    ["HeaderSize", ["0", "-1", "10"]],
    [
      "ElementType",
      ["MET_UCHAR", "MET_SHORT", "MET_FLOAT", "MET_DOUBLE", "MET_LONG_LONG", "MET_UCHAR_ARRAY", "MET_OTHER"],
    ],
  ],
  last: "ElementDataFile = LOCAL\n",
};

const LAST = ["beside.raw", "LIST", "LIST 2D", "a%02d.raw 1 3 1", "../x", ""];

const beside = (name: string) => ({ name, read: async () => new Uint8Array(96) });

export async function open(): Promise<OpenParser> {
  return {
    seeds: fixtures("formats", /\.(mha|mhd)$/),
    async read(bytes, seed) {
      await readVolumeHeader(bytes, "scan.mha", beside);
      await readVolume(bytes, "scan.mha", seed % 2 === 0 ? beside : undefined);
    },
    grammar: (random) => {
      if (random.uniform() < 0.8) return anyHeader(RULES, random);
      return anyHeader({ ...RULES, last: `ElementDataFile = ${LAST[random.below(LAST.length)]}\n` }, random);
    },
  };
}
