/** What a dataset is: one image source with its labels, as found in a folder. */
import type { Modality } from "../volume/index.js";

/** Files of one case; paths are absolute. */
export interface CaseFiles {
  readonly id: string;
  /** Who it is; cases of one subject never fall into different parts of a split. */
  readonly subject: string;
  /** One file a channel, or one file with all channels. */
  readonly images: readonly string[];
  readonly label?: string;
}

export interface Dataset {
  readonly name: string;
  readonly folder: string;
  readonly layout: string;
  readonly modality: Modality;
  readonly channelNames: readonly string[];
  /** Label values by name, without background; empty where the folder does not say. */
  readonly labels: Readonly<Record<string, number>>;
  readonly cases: readonly CaseFiles[];
  readonly licence?: string;
}
