/** Which label values make an organ, in the files of a dataset and in a network's masks; everything goes by name. */
import { UserError } from "../base/index.js";
import { type LabelMode, labelOfChannel } from "./label-mode.js";
import type { OrganSelection } from "./label-values.js";
import { type PaintedRegion, partSelection, valuesInParts } from "./regions.js";
import type { TargetLayout } from "./targets.js";

/** The organs of several datasets, by the dataset's name. */
export type OrganMap = Readonly<Record<string, OrganSelection>>;

/** One organ that masks are measured by: where it is in the output, and what it is in the reference. */
export interface ScoredOrgan {
  readonly organ: string;
  readonly channel: number;
  /** Values in the network's masks: one, but in `regions` mode. */
  readonly labels: ReadonlySet<number>;
  /** Values in the dataset's label files. */
  readonly values: ReadonlySet<number>;
}

/**
 * What a dataset's references say about a network's masks: in `shared` mode all organs together, named `a+b`; else each
 * organ that the network has a channel for. In `regions` mode `organs` is a selection by parts (`partSelection`).
 */
export function scoredOrgans(layout: TargetLayout, organs: OrganSelection): ScoredOrgan[] {
  const names = Object.keys(organs);
  if (layout.mode === "shared") {
    return [
      {
        organ: names.join("+"),
        channel: 0,
        labels: new Set([1]),
        values: new Set(Object.values(organs).flat()),
      },
    ];
  }
  const { regions } = layout;
  if (regions !== undefined) {
    return layout.channels.map((organ, channel) => ({
      organ,
      channel,
      labels: labelsOfChannel(layout, channel),
      values: new Set(valuesInParts(channel, organs, { regions, names: layout.channels })),
    }));
  }
  return names.flatMap((organ) => {
    const channel = layout.channels.indexOf(organ);
    return channel < 0
      ? []
      : { organ, channel, labels: labelsOfChannel(layout, channel), values: new Set(organs[organ]) };
  });
}

/** The values of a network's masks that make up the organ of a channel: one, but in `regions` mode. */
export function labelsOfChannel(
  { mode, regions }: Pick<TargetLayout, "mode" | "regions">,
  channel: number,
): ReadonlySet<number> {
  if (mode !== "regions") return new Set([labelOfChannel(mode, channel)]);
  return new Set(regions?.find((region) => region.channel === channel)?.values);
}

/** The organs of a dataset. @throws UserError where the map does not have it */
export function organsOf(map: OrganMap, dataset: string): OrganSelection {
  const organs = Object.hasOwn(map, dataset) ? map[dataset] : undefined;
  if (organs !== undefined) return organs;
  throw new UserError({
    subject: `dataset ${dataset}`,
    found: "no organs",
    expected: `one of the datasets ${Object.keys(map).join(", ")}`,
    advice: "Name the dataset's organs in the configuration.",
  });
}

/** 1 where the label is one of an organ's values, else 0. */
export const maskOfValues = (labels: Uint8Array, values: ReadonlySet<number>): Uint8Array =>
  labels.map((value) => (values.has(value) ? 1 : 0));

/** Channels of the network in the order of its output, as its labels name them. */
export const layoutOf = ({ labelMode: mode, organs, regions }: NamedChannels): TargetLayout => ({
  mode,
  channels:
    mode === "shared" ? ["foreground"] : mode === "exclusive" ? ["background", ...organs] : [...organs],
  ...(regions !== undefined && { regions }),
});

/** The organs of label files whose values are those of the network's own masks. */
export function maskSelection({ labelMode, organs, regions }: NamedChannels): OrganSelection {
  if (labelMode === "shared") return { [organs.join("+")]: [1] };
  if (regions !== undefined) return partSelection(regions, organs);
  const layout = layoutOf({ labelMode, organs });
  return Object.fromEntries(
    organs.map((organ) => [organ, [...labelsOfChannel(layout, layout.channels.indexOf(organ))]]),
  );
}

/** What a network says of its output; in `regions` mode its organs are the regions. */
export interface NamedChannels {
  readonly labelMode: LabelMode;
  readonly organs: readonly string[];
  readonly regions?: readonly PaintedRegion[];
}
