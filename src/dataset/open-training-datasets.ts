/** The datasets of one training, and what they must have in common. */

import { UserError } from "../base/index.js";
import type { Dataset } from "./dataset.js";
import { type OpenOptions, openDataset } from "./open-dataset.js";

/**
 * Opens datasets that one network is to be trained on, in the order given.
 *
 * @throws UserError where two have one name, channels differ in number, or one has no labelled case
 */
export async function openTrainingDatasets(
  sources: readonly (OpenOptions & { readonly folder: string })[],
): Promise<Dataset[]> {
  const datasets = await Promise.all(sources.map((source) => openDataset(source.folder, source)));
  const names = datasets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UserError({
      subject: "datasets",
      found: `the name ${twice} twice`,
      expected: "different names",
      advice: "Give one of them another `name`.",
    });
  }
  const channels = new Set(datasets.map(({ channelNames }) => channelNames.length));
  if (channels.size > 1) {
    throw new UserError({
      subject: "datasets",
      found: `images with ${[...channels].join(" and ")} channels`,
      expected: "the same number in every dataset",
      advice: "Train datasets with other numbers of channels apart.",
    });
  }
  const unlabelled = datasets.find(({ cases }) => cases.every(({ label }) => label === undefined));
  if (unlabelled !== undefined) {
    throw new UserError({
      subject: unlabelled.folder,
      found: `${unlabelled.cases.length} images and no label file (dataset ${unlabelled.name}, layout ${unlabelled.layout})`,
      expected: "labels to train on",
      advice: "Put the label files where the layout wants them, or leave the dataset out.",
    });
  }
  return datasets;
}
