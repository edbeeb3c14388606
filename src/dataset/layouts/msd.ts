/** Medical Segmentation Decathlon: dataset.json with `modality`, `labels` {"0": "background"} and `training` pairs. */

import { realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { shortJson, UserError } from "../../base/index.js";
import type { CaseFault } from "../dataset.js";
import {
  channelNamesOf,
  type DatasetJson,
  entriesOf,
  fieldName,
  licenceOf,
  nameOf,
  readDatasetJson,
} from "./dataset-json.js";
import { caseName } from "./folder-files.js";
import type { Layout, LayoutContent } from "./layout.js";

export const msd: Layout = {
  name: "msd",
  description: "Medical Segmentation Decathlon",
  matches: async (folder) => {
    const json = await readDatasetJson(folder);
    // Folders converted to nnU-Net v2 often keep the list.
    return json !== undefined && Array.isArray(json.training) && json.channel_names === undefined;
  },
  read: async (folder) => {
    const json = (await readDatasetJson(folder)) ?? {};
    return {
      channelNames: channelNamesOf(json, "modality", folder),
      labels: labelsOf(json, folder),
      licence: licenceOf(json),
      cases: await casesOf(json, folder),
    };
  },
};

function labelsOf(json: DatasetJson, folder: string): Record<string, number> {
  const valueByName = new Map<string, number>();
  for (const [text, given] of entriesOf(json, "labels", folder)) {
    const [name, value] = [nameOf(given, fieldName(folder, `labels.${text}`)), labelValue(text, folder)];
    if (valueByName.has(name)) {
      throw new UserError({
        subject: fieldName(folder, `labels.${text}`),
        found: `the name ${name}, which ${valueByName.get(name)} has too`,
        expected: "a name of its own",
        advice: "Several values become one organ in the configuration, not here.",
      });
    }
    if (value !== 0) valueByName.set(name, value);
  }
  return Object.fromEntries(valueByName);
}

function labelValue(text: string, folder: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError({
    subject: fieldName(folder, "labels"),
    found: `the label value ${JSON.stringify(text)}`,
    expected: 'a whole number, as in {"0": "background", "1": "liver"}',
    advice: "Write the values that the label files use, with their names.",
  });
}

async function casesOf(json: DatasetJson, folder: string): Promise<LayoutContent["cases"]> {
  if (!Array.isArray(json.training)) {
    throw new UserError({
      subject: fieldName(folder, "training"),
      found: shortJson(json.training),
      expected: 'a list of {"image": path, "label": path}',
      advice: "List the images, or name another layout.",
    });
  }
  const cases: LayoutContent["cases"][number][] = [];
  for (const [index, pair] of json.training.entries()) {
    const { image, label } = (pair ?? {}) as { image?: unknown; label?: unknown };
    if (!isPath(image) || !(label === undefined || isPath(label))) {
      throw new UserError({
        subject: fieldName(folder, `training[${index}]`),
        found: shortJson(pair),
        expected: 'an object {"image": path, "label": path}',
        advice: "Give the paths relative to the folder.",
      });
    }
    const paths = [image, label].map((text) => text && pathInside(folder, text, `training[${index}]`));
    cases.push({
      id: caseName(image.split(/[\\/]/).at(-1) as string),
      images: [paths[0] as string],
      label: paths[1],
      fault: (await linkFault(folder, paths[0])) ?? (await linkFault(folder, paths[1])),
    });
  }
  return cases;
}

const isPath = (value: unknown): value is string =>
  typeof value === "string" && caseName(value.split(/[\\/]/).at(-1) as string) !== "";

/** `dataset.json` travels with data of strangers: it may name files of its own folder alone. */
function pathInside(folder: string, path: string, field: string): string {
  if (!isAbsolute(path) && !path.split(/[\\/]/).includes("..")) return resolve(folder, path);
  throw new UserError({
    subject: fieldName(folder, field),
    found: `the path ${shortJson(path)}`,
    expected: "a path below the dataset's folder",
    advice: "Give the paths relative to the folder, without `..`.",
  });
}

async function linkFault(folder: string, path: string | undefined): Promise<CaseFault | undefined> {
  if (path === undefined) return undefined;
  let inside: string;
  try {
    inside = relative(await realpath(folder), await realpath(path));
  } catch {
    // A file that is not there is reported when it is read.
    return undefined;
  }
  if (!isAbsolute(inside) && inside.split(/[\\/]/)[0] !== "..") return undefined;
  return {
    subject: path,
    found: "a link to a file outside the dataset's folder",
    expected: "a file below it",
    advice: "Copy the file into the folder.",
  };
}
