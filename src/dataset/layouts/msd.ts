/** Medical Segmentation Decathlon: dataset.json with `modality`, `labels` {"0": "background"} and `training` pairs. */

import { join, resolve } from "node:path";
import { UserError } from "../../base/index.js";
import { caseName, entriesOf, type Layout, modalityFrom, readDatasetJson } from "./layout.js";

export const msd: Layout = {
  name: "msd",
  matches: async (folder) => {
    const json = await readDatasetJson(folder);
    return json !== undefined && Array.isArray(json.training);
  },
  read: async (folder) => {
    const json = (await readDatasetJson(folder)) ?? {};
    const channelNames = entriesOf(json, "modality", folder).map(([, name]) => String(name));
    const labels = entriesOf(json, "labels", folder)
      .map(([value, name]): [string, number] => [String(name), labelValue(value, folder)])
      .filter(([, value]) => value !== 0);
    const pairs = json.training as unknown[];
    const cases = pairs.map((pair, index) => {
      const { image, label } = (pair ?? {}) as { image?: unknown; label?: unknown };
      if (typeof image !== "string") {
        throw new UserError({
          subject: `${join(folder, "dataset.json")}, field training[${index}]`,
          found: JSON.stringify(pair).slice(0, 80),
          expected: 'an object {"image": path, "label": path}',
          advice: "Give the paths relative to the folder.",
        });
      }
      return {
        id: caseName(image.split("/").at(-1) as string),
        images: [resolve(folder, image)],
        label: typeof label === "string" ? resolve(folder, label) : undefined,
      };
    });
    return {
      modality: modalityFrom(channelNames),
      channelNames,
      labels: Object.fromEntries(labels),
      licence: typeof json.licence === "string" ? json.licence : undefined,
      cases,
    };
  },
};

function labelValue(text: string, folder: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError({
    subject: `${join(folder, "dataset.json")}, field labels`,
    found: `the label value ${JSON.stringify(text)}`,
    expected: 'a whole number, as in {"0": "background", "1": "liver"}',
    advice: "Write the values that the label files use, with their names.",
  });
}
