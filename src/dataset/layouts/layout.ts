/** What a dataset layout is: a way to lay images and labels out in a folder. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/index.js";
import type { Modality } from "../../volume/index.js";
import type { Dataset } from "../dataset.js";

/** What a layout finds in a folder; the subject is added later. */
export interface LayoutContent {
  readonly modality?: Modality;
  readonly channelNames: readonly string[];
  readonly labels: Readonly<Record<string, number>>;
  readonly licence?: string;
  readonly cases: readonly { id: string; images: string[]; label?: string }[];
}

export interface Layout {
  readonly name: string;
  /** True where the folder is laid out this way. */
  matches(folder: string): Promise<boolean>;
  /** Finds the cases. @throws UserError where `dataset.json` cannot be understood */
  read(folder: string): Promise<LayoutContent>;
}

export type DatasetJson = Record<string, unknown>;

/** `dataset.json` of a folder, or undefined where there is none. */
export async function readDatasetJson(folder: string): Promise<DatasetJson | undefined> {
  const path = join(folder, "dataset.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    // Some editors begin UTF-8 files with a byte order mark.
    const json: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as DatasetJson;
  } catch (cause) {
    throw new UserError({
      subject: path,
      found: "text that is not JSON",
      expected: "a JSON object",
      advice: `Mend the file (${(cause as Error).message}).`,
    });
  }
  throw new UserError({
    subject: path,
    found: "JSON that is not an object",
    expected: "a JSON object",
    advice: "See the layout's description.",
  });
}

/** File names in a folder, sorted; none where it does not exist. */
export async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}

/** The file's name without `.nii` or `.nii.gz`. */
export const caseName = (file: string): string => file.replace(/\.nii(\.gz)?$/i, "");

export const isVolumeFile = (file: string): boolean => /\.nii(\.gz)?$/i.test(file);

/** Guesses the modality from a channel's name; undefined where it says nothing. */
export function modalityFrom(names: readonly string[]): Modality | undefined {
  const text = names.join(" ").toLowerCase();
  if (/\bct\b/.test(text)) return "CT";
  if (/\bpet\b|suv/.test(text)) return "PET";
  if (/mri?\b|t1|t2|flair|adc|dwi|pd\b/.test(text)) return "MR";
  if (/\bus\b|ultrasound/.test(text)) return "US";
  return undefined;
}

/** An object of texts or numbers, as `labels`, `modality` and `channel_names` are. */
export function entriesOf(json: DatasetJson, field: string, folder: string): [string, unknown][] {
  const value = json[field];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new UserError({
    subject: `${join(folder, "dataset.json")}, field ${field}`,
    found: value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80),
    expected: "an object",
    advice: 'Write it as the layout asks, for example {"0": "MRI"}.',
  });
}

export type { Dataset };
