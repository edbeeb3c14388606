/** What a dataset is: one image source with its labels, as found in a folder. */
import type { Modality } from "../volume/index.js";

/** Files of one case; paths are absolute. */
export interface CaseFiles {
  readonly id: string;
  /** Who it is; cases of one subject never fall into different parts of a split. */
  readonly subject: string;
  /** One file a channel, in the order of the channels, or one file with all channels. */
  readonly images: readonly string[];
  readonly label?: string;
  /** Which volume is meant where an image is DICOM files that hold several: see `SeriesChoice`. */
  readonly series?: string;
  /** What the images are said to be, one for each channel: files that say otherwise are refused. */
  readonly modalities?: readonly Modality[];
  /** Set where the names of the files leave open what belongs together: the case cannot be read. */
  readonly fault?: CaseFault;
}

/** What is wrong with the files of a case, known before one of them is read; the facts of a `UserError`. */
export interface CaseFault {
  /** The file that it is about. */
  readonly subject: string;
  readonly found: string;
  readonly expected: string;
  readonly advice: string;
}

export interface Dataset {
  readonly name: string;
  readonly folder: string;
  readonly layout: string;
  /** One for each channel, in their order. */
  readonly modalities: readonly Modality[];
  readonly channelNames: readonly string[];
  /** Label values by name, without background; empty where the folder does not say. */
  readonly labels: Readonly<Record<string, number>>;
  /** Names that the folder gives to several label values together. They may overlap. */
  readonly regions: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly CaseFiles[];
  /** Label files whose name is no image's. */
  readonly strayLabels: readonly string[];
  readonly licence?: string;
}
