/** Files of the channels of one case, by nnU-Net's names: CASE_0000 is the first channel of CASE, CASE_0001 the second. */

import { basename } from "node:path";
import type { CaseFault } from "./dataset.js";

/** A file of a case; without a number it holds all channels itself. */
export interface ChannelFile {
  readonly path: string;
  readonly channel?: number;
}

/** The name of a file, without ending, taken apart. */
export function channelOfName(name: string): { id: string; channel?: number } {
  const match = /^(.+)_(\d{4})$/.exec(name);
  return match ? { id: match[1] as string, channel: Number(match[2]) } : { id: name };
}

export const inChannelOrder = (files: readonly ChannelFile[]): string[] =>
  [...files].sort((a, b) => (a.channel ?? 0) - (b.channel ?? 0)).map(({ path }) => path);

/** What keeps these files from being the channels of one case, each once and none missing. */
export function channelFault(files: readonly ChannelFile[], channels: number): CaseFault | undefined {
  // A single file may hold all channels, whatever its number; how many it has is seen when it is read.
  if (files.length === 1 && (files[0]?.channel ?? 0) === 0) return undefined;
  const numbers = files.map(({ channel }) => channel ?? -1).sort((a, b) => a - b);
  if (numbers.length === channels && numbers.every((number, index) => number === index)) return undefined;
  const number = (channel: number): string => `_${String(channel).padStart(4, "0")}`;
  return {
    subject: inChannelOrder(files)[0] as string,
    found: `the files ${files.map(({ path }) => basename(path)).join(", ")}`,
    expected: `one file for each channel: ${Array.from({ length: channels }, (_, channel) => number(channel)).join(", ")}`,
    advice: "Add or rename the file of the channel that is missing, or remove the one too many.",
  };
}
