/** NRRD: raw and packed, in one file or with its voxels beside it. */
import { readVolume, readVolumeHeader } from "../../../src/sources/index.js";
import { fixtures } from "../fixtures.js";
import type { OpenParser } from "../parser.js";
import { anyHeader, type HeaderRules } from "./text-header.js";

const RULES: HeaderRules = {
  first: "NRRD0005",
  separator: ": ",
  fields: [
    ["type", ["uchar", "short", "float", "double", "int8", "longlong", "unsigned int", "block"]],
    ["dimension", ["3", "3", "4"]],
    ["space", ["left-posterior-superior", "RAS", "LPS", "scanner-xyz", "right-anterior-superior-time"]],
    ["sizes", ["2 3 2", "2 3 2", "1 1 1", "2 2 2 3", "3 2 2 2", "100000 100000 100000"]],
    [
      "space directions",
      [
        "(1,0,0) (0,1,0) (0,0,1)",
        "none (1,0,0) (0,1,0) (0,0,1)",
        "(1,0,0) (0,1,0) (0,0,1) none",
        "(1,0,0) (2,0,0) (0,0,0)",
      ],
    ],
    ["space origin", ["(0,0,0)", "(-1.5,2,1e9)", "(nan,0,0)"]],
    ["spacings", ["1 1 1", "0.5 2 nan", "1 1 1 nan"]],
    ["kinds", ["domain domain domain", "list domain domain domain", "space space space vector"]],
    ["endian", ["little", "big"]],
    ["encoding", ["raw", "raw", "gzip", "ascii", "bzip2"]],
    ["byte skip", ["0", "-1", "5", "1000"]],
    ["line skip", ["0", "1", "3"]],
    ["data file", ["beside.raw", "LIST", "a%d.raw 1 9 1", "../x"]],
  ],
  last: "\n",
};

const beside = (name: string) => ({ name, read: async () => new Uint8Array(96) });

export async function open(): Promise<OpenParser> {
  return {
    seeds: fixtures("formats", /\.(nrrd|nhdr)$/),
    async read(bytes, seed) {
      await readVolumeHeader(bytes, "scan.nrrd", beside);
      await readVolume(bytes, "scan.nrrd", seed % 2 === 0 ? beside : undefined);
    },
    // Most headers have their voxels in the same file.
    grammar: (random) => {
      const apart = random.uniform() < 0.2;
      return anyHeader({ ...RULES, fields: apart ? RULES.fields : RULES.fields.slice(0, -1) }, random);
    },
  };
}
