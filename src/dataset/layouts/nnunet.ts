/** nnU-Net v2: dataset.json with `channel_names` and `labels` {name: value}; imagesTr/CASE_0000, one file a channel. */

import { join } from "node:path";
import { groupBy, shortJson, UserError } from "../../base/index.js";
import { channelFault, channelOfName, inChannelOrder } from "../channel-order.js";
import {
  channelNamesOf,
  type DatasetJson,
  entriesOf,
  fieldName,
  licenceOf,
  readDatasetJson,
} from "./dataset-json.js";
import { doubleFault, filesOfOthers, volumesIn } from "./folder-files.js";
import type { Layout, LayoutContent } from "./layout.js";

export const nnunet: Layout = {
  name: "nnunet",
  description: "nnU-Net v2",
  matches: async (folder) => (await readDatasetJson(folder))?.channel_names !== undefined,
  read: async (folder) => {
    const json = (await readDatasetJson(folder)) ?? {};
    const channelNames = channelNamesOf(json, "channel_names", folder);
    return {
      channelNames,
      ...labelsOf(json, folder),
      licence: licenceOf(json),
      ...(await casesIn(folder, channelNames.length)),
    };
  },
};

async function casesIn(
  folder: string,
  channels: number,
): Promise<Pick<LayoutContent, "cases" | "strayLabels">> {
  const labels = await volumesIn(join(folder, "labelsTr"));
  const files = [...(await volumesIn(join(folder, "imagesTr")))].flatMap(([name, paths]) =>
    paths.map((path) => ({ ...channelOfName(name), path })),
  );
  const filesOf = groupBy(files, ({ id }) => id);
  const cases = [...filesOf].map(([id, own]) => {
    const ownLabels = labels.get(id) ?? [];
    return {
      id,
      images: inChannelOrder(own),
      label: ownLabels[0],
      fault: channelFault(own, channels) ?? doubleFault(ownLabels),
    };
  });
  return { cases, strayLabels: filesOfOthers(labels, filesOf.keys()) };
}

/** Single values by name, and regions of several. The values of a region that have no name of their own get one. */
function labelsOf(json: DatasetJson, folder: string): Pick<LayoutContent, "labels" | "regions"> {
  const nameOf = new Map<number, string>();
  const regions = new Map<string, number[]>();
  for (const [name, given] of entriesOf(json, "labels", folder)) {
    const subject = fieldName(folder, `labels.${name}`);
    refuseIgnored(name, given, subject);
    const values = [given].flat().map((value) => labelValue(value, given, subject));
    if (values.length > 1) regions.set(name, values);
    else if (values[0] !== 0) {
      const [value] = values as [number];
      refuseTwice(value, nameOf.get(value), subject);
      nameOf.set(value, name);
    }
  }
  for (const [region, values] of regions) {
    for (const value of values) {
      if (value !== 0 && !nameOf.has(value)) nameOf.set(value, `${region} (${value})`);
    }
  }
  return {
    labels: Object.fromEntries([...nameOf].map(([value, name]) => [name, value])),
    regions: Object.fromEntries(regions),
  };
}

function labelValue(value: unknown, given: unknown, subject: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new UserError({
    subject,
    found: shortJson(given),
    expected: "a whole number or a list of them",
    advice: "Write the value that the label files use.",
  });
}

/** nnU-Net leaves voxels of this label out of loss and score; here they would be trained and scored as background. */
function refuseIgnored(name: string, given: unknown, subject: string): void {
  if (name.toLowerCase() !== "ignore") return;
  throw new UserError({
    subject,
    found: `the label ${shortJson(given)} for voxels that nobody annotated`,
    expected: "images that are annotated everywhere",
    advice:
      "sureseg cannot leave voxels out and would take them for background. Leave such images out and remove the label from dataset.json.",
  });
}

function refuseTwice(value: number, other: string | undefined, subject: string): void {
  if (other === undefined) return;
  throw new UserError({
    subject,
    found: `the value ${value}, which ${other} has too`,
    expected: "a value of its own",
    advice: "Keep one of the two names.",
  });
}
