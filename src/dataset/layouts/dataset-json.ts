/** `dataset.json`, which the Medical Segmentation Decathlon and nnU-Net have, and the fields that both know. */

import { join } from "node:path";
import { shortJson, UserError } from "../../base/index.js";
import { MAX_TEXT_BYTES, readBytesIfThere } from "../read-bytes.js";

export type DatasetJson = Record<string, unknown>;

const fileName = "dataset.json";

/** What messages call a field. */
export const fieldName = (folder: string, field: string): string =>
  `${join(folder, fileName)}, field ${field}`;

/** `dataset.json` of a folder, or undefined where there is none. @throws UserError where it holds anything else */
export async function readDatasetJson(folder: string): Promise<DatasetJson | undefined> {
  const path = join(folder, fileName);
  const bytes = await readBytesIfThere(path, { expected: "a JSON file", most: MAX_TEXT_BYTES });
  if (bytes === undefined) return undefined;
  try {
    // Leaves out the byte order mark that some editors begin UTF-8 files with.
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
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

/** An object of texts or numbers, as `labels` is. */
export function entriesOf(json: DatasetJson, field: string, folder: string): [string, unknown][] {
  const value = json[field];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  throw new UserError({
    subject: fieldName(folder, field),
    found: value === undefined ? "nothing" : shortJson(value),
    expected: "an object",
    advice: 'Write it as the layout asks, for example {"0": "MRI"}.',
  });
}

/** Names of the channels in their order, from an object whose keys count from 0. */
export function channelNamesOf(json: DatasetJson, field: string, folder: string): string[] {
  const entries = entriesOf(json, field, folder);
  if (entries.length > 0 && entries.every(([key], index) => key === String(index))) {
    return entries.map(([key, name]) => nameOf(name, fieldName(folder, `${field}.${key}`)));
  }
  throw new UserError({
    subject: fieldName(folder, field),
    found: entries.length === 0 ? "no channel" : `the keys ${entries.map(([key]) => key).join(", ")}`,
    expected: "channels counted from 0 without a gap",
    advice: 'Write one name for each channel, for example {"0": "T1", "1": "T2"}.',
  });
}

/** A name, which some files give as a number. @throws UserError where it is anything else */
export function nameOf(value: unknown, subject: string): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new UserError({
    subject,
    found: shortJson(value),
    expected: "a name",
    advice: "Write a text between quotation marks.",
  });
}

export function licenceOf({ licence, license }: DatasetJson): string | undefined {
  return [licence, license].find((text) => typeof text === "string");
}
