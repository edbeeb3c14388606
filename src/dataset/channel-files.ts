/** Image files given one by one, as cases: files of one case's channels belong together. */

import { basename } from "node:path";
import { UserError } from "../base/index.js";
import type { CaseFiles } from "./dataset.js";

/**
 * With one channel every file is a case. With several, files that end in `_0000`, `_0001`, ... are the channels of one
 * case (nnU-Net's names), in the order of the numbers; any other file holds all channels itself.
 *
 * @throws UserError where two cases have the same name, or channels are missing
 */
export function casesOfFiles(paths: readonly string[], channels: number): CaseFiles[] {
  const byName = new Map<string, { path: string; channel: number }[]>();
  for (const path of paths) {
    const name = basename(path).replace(/\.nii(\.gz)?$/i, "");
    const match = channels > 1 ? /^(.+)_(\d{4})$/.exec(name) : null;
    const id = match?.[1] ?? name;
    const files = byName.get(id) ?? [];
    const channel = match ? Number(match[2]) : 0;
    if (files.some((file) => file.channel === channel)) {
      throw new UserError({
        subject: "images",
        found: `two files named ${name}`,
        expected: "different names",
        advice: "Predict them into different folders.",
      });
    }
    byName.set(id, [...files, { path, channel }]);
  }
  for (const [id, files] of byName) refuseMissingChannel(id, files, channels);
  return [...byName].map(([id, files]) => ({
    id,
    subject: id,
    images: files.sort((a, b) => a.channel - b.channel).map(({ path }) => path),
  }));
}

/** Files that are numbered are all the channels, from 0 on, or it is not known which is which. */
function refuseMissingChannel(
  id: string,
  files: readonly { path: string; channel: number }[],
  channels: number,
): void {
  if (files.length === 1 && files[0]!.channel === 0) return;
  const present = new Set(files.map(({ channel }) => channel));
  const complete = files.length === channels && [...present].every((channel) => channel < channels);
  if (complete) return;
  const names = [...present].sort((a, b) => a - b).map((channel) => String(channel).padStart(4, "0"));
  throw new UserError({
    subject: files[0]!.path,
    found: `channels ${names.join(", ")} of ${id}`,
    expected: `channels 0000 to ${String(channels - 1).padStart(4, "0")}`,
    advice: "Give the files of all channels, with the numbers that the network was trained with.",
  });
}
