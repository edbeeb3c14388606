/** What the channels of images are called where several datasets are learnt together. */
import type { Dataset } from "./dataset.js";

/**
 * One name for each channel that is true for every dataset: the name that all give it, else the modalities that they are of.
 *
 * @param datasets with the same number of channels
 */
export function jointChannelNames(
  datasets: readonly Pick<Dataset, "channelNames" | "modalities">[],
): string[] {
  return datasets[0]!.channelNames.map((first, channel) => {
    const names = new Set(datasets.map(({ channelNames }) => channelNames[channel]!.toLowerCase()));
    if (names.size === 1) return first;
    const modalities = new Set(datasets.map(({ modalities: own }) => own[channel]!));
    return [...modalities].join(" or ");
  });
}
