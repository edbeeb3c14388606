import type { PredictedChannels } from "./label-map.js";
import { labelOfChannel } from "./label-mode.js";

/** What a value of a network's masks stands for. */
export interface MaskLabel {
  readonly value: number;
  /** For people. */
  readonly name: string;
  /**
   * One; in `shared` mode all that the network was trained on, for the mask does not say which of them it is, and in
   * `regions` mode all that the voxels belong to, the region of the value first.
   */
  readonly organs: readonly string[];
}

/** The values of a network's masks in ascending order, without the background. */
export function maskLabels(
  { labelMode: mode, regions = [] }: Omit<PredictedChannels, "channels">,
  organs: readonly string[],
): MaskLabel[] {
  if (mode === "shared") return [{ value: labelOfChannel(mode, 0), name: organs.join(" or "), organs }];
  if (mode === "regions") {
    const painted = regions.map(({ value, channel }) => {
      const others = regions.filter((other) => other.channel !== channel && other.values.includes(value));
      const names = [channel, ...others.map((other) => other.channel)].map((at) => organs[at] as string);
      return { value, name: names.join(" and "), organs: names };
    });
    return painted.sort((a, b) => a.value - b.value);
  }
  const first = mode === "exclusive" ? 1 : 0;
  return organs.map((organ, at) => ({
    value: labelOfChannel(mode, first + at),
    name: organ,
    organs: [organ],
  }));
}
