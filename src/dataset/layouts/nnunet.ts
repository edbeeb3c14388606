/** nnU-Net v2: dataset.json with `channel_names` and `labels` {name: value}; imagesTr/CASE_0000, one file a channel. */

import { join } from "node:path";
import { UserError } from "../../base/index.js";
import {
  caseName,
  entriesOf,
  filesIn,
  isVolumeFile,
  type Layout,
  modalityFrom,
  readDatasetJson,
} from "./layout.js";

export const nnunet: Layout = {
  name: "nnunet",
  matches: async (folder) => (await readDatasetJson(folder))?.channel_names !== undefined,
  read: async (folder) => {
    const json = (await readDatasetJson(folder)) ?? {};
    const channelNames = entriesOf(json, "channel_names", folder).map(([, name]) => String(name));
    const labels: Record<string, number> = {};
    for (const [name, value] of entriesOf(json, "labels", folder)) {
      // A region lists several values; the values it is made of have names of their own or none.
      for (const single of Array.isArray(value) ? value : [value]) {
        const number = Number(single);
        if (!Number.isInteger(number) || number < 0) {
          throw new UserError({
            subject: `${join(folder, "dataset.json")}, field labels.${name}`,
            found: JSON.stringify(value),
            expected: "a whole number or a list of them",
            advice: "Write the value that the label files use.",
          });
        }
        const label = Array.isArray(value) ? `${name} (${number})` : name;
        if (number !== 0 && !Object.values(labels).includes(number)) labels[label] = number;
      }
    }
    const images = (await filesIn(join(folder, "imagesTr"))).filter(isVolumeFile);
    const labelFiles = new Map(
      (await filesIn(join(folder, "labelsTr"))).map((file) => [caseName(file), file]),
    );
    const channels = new Map<string, string[]>();
    for (const file of images) {
      const id = caseName(file).replace(/_\d{4}$/, "");
      channels.set(id, [...(channels.get(id) ?? []), join(folder, "imagesTr", file)]);
    }
    return {
      modality: modalityFrom(channelNames),
      channelNames,
      labels,
      licence: typeof json.licence === "string" ? json.licence : undefined,
      cases: [...channels].map(([id, files]) => {
        const label = labelFiles.get(id);
        return { id, images: files, label: label && join(folder, "labelsTr", label) };
      }),
    };
  },
};
