/** NRRD headers (.nhdr) whose voxels lie in a file of their own. */
import { UserError } from "../../base/index.js";
import { joined } from "../byte-source.js";
import { type DetachedHeaders, plainFileName, statesManyFiles } from "../detached.js";
import { bytesOfText, textOf } from "../text-header.js";

const FIELD = /^data ?file: ?(.*)$/im;

/** A header is text up to an empty line, or the whole file. */
const headerOf = (bytes: Uint8Array): string => textOf(bytes.subarray(0, 2 ** 20)).split(/\r?\n\r?\n/)[0]!;

export const detachedNrrd: DetachedHeaders = {
  endings: [".nhdr"],

  dataFile(bytes, name) {
    const [, value] = FIELD.exec(headerOf(bytes)) ?? [];
    if (value === undefined) return undefined;
    const words = value.trim();
    if (!statesManyFiles(words)) return plainFileName(words, name);
    throw new UserError({
      subject: name,
      found: "a header whose voxels lie in many files",
      expected: "one file of voxels",
      advice: "Save the image as one .nrrd, for example with 3D Slicer.",
    });
  },

  joined(bytes, data) {
    const attached = headerOf(bytes).replace(FIELD, "# its voxels follow").trimEnd();
    return joined([bytesOfText(`${attached}\n\n`), data]);
  },
};
