/** MetaImage headers (.mhd) whose voxels lie in a file of their own. */
import { UserError } from "../../base/index.js";
import { joined } from "../byte-source.js";
import { type DetachedHeaders, plainFileName, statesManyFiles } from "../detached.js";
import { bytesOfText, textOf } from "../text-header.js";

const FIELD = /^\s*ElementDataFile\s*=[ \t]*(.*?)\s*$/im;

/** A header ends with the field that says where the voxels are. */
const headerOf = (bytes: Uint8Array): string => textOf(bytes.subarray(0, 2 ** 20));

export const detachedMetaImage: DetachedHeaders = {
  endings: [".mhd"],

  dataFile(bytes, name) {
    const [, value] = FIELD.exec(headerOf(bytes)) ?? [];
    if (value === undefined || /^local$/i.test(value)) return undefined;
    if (!statesManyFiles(value)) return plainFileName(value, name);
    throw new UserError({
      subject: name,
      found: "a header whose voxels lie in many files",
      expected: "one file of voxels",
      advice: "Save the image as one .mha, for example with SimpleITK.",
    });
  },

  joined(bytes, data) {
    const header = headerOf(bytes);
    const { index } = FIELD.exec(header)!;
    return joined([bytesOfText(`${header.slice(0, index).trimEnd()}\nElementDataFile = LOCAL\n`), data]);
  },
};
