/** Image files given one by one, as cases: files of one case's channels belong together. */

import { basename, resolve } from "node:path";
import { groupBy, UserError } from "../base/index.js";
import { channelFault, channelOfName, inChannelOrder } from "./channel-order.js";
import type { CaseFiles } from "./dataset.js";
import { caseName } from "./layouts/folder-files.js";

/**
 * With one channel every file is a case. With several, files that end in `_0000`, `_0001`, ... are the channels of one
 * case (nnU-Net's names), in the order of the numbers; any other file holds all channels itself.
 *
 * @throws UserError where two cases have the same name, or channels are missing
 */
export function casesOfFiles(paths: readonly string[], channels: number): CaseFiles[] {
  const files = paths.map((path) => {
    const name = caseName(basename(resolve(path)));
    return { path, name, ...(channels > 1 ? channelOfName(name) : { id: name }) };
  });
  return [...groupBy(files, ({ id }) => id)].map(([id, own]) => {
    const twice = own.find(({ name }, index) => own.some((other, at) => at < index && other.name === name));
    if (twice !== undefined) {
      throw new UserError({
        subject: "images",
        found: `two files named ${twice.name}`,
        expected: "different names",
        advice: "Predict them into different folders.",
      });
    }
    const fault = channelFault(own, channels);
    if (fault !== undefined) throw new UserError(fault);
    return { id, subject: id, images: inChannelOrder(own) };
  });
}
