/**
 * Regions that may contain each other, as nnU-Net trains them: https://github.com/MIC-DKFZ/nnUNet,
 * documentation/region_based_training.md.
 */
import { z } from "zod";
import type { OrganSelection } from "./label-values.js";

const value = z.int().min(1).max(255);

/** Regions in the order in which masks are painted: where several are, the last one's value stays. */
export const paintedRegionsSchema = z
  .array(
    z.strictObject({
      /** Output channel that holds the region's probability. */
      channel: z.int().min(0).max(254),
      /** What masks get where it is. */
      value,
      /** All values, of masks and of label files, that make the region up. */
      values: z.array(value).min(1).max(255).readonly(),
    }),
  )
  .min(1)
  .max(254)
  .superRefine((regions, context) => {
    const wrong = (message: string): void => context.addIssue({ code: "custom", message });
    const distinct = (numbers: readonly number[]): boolean => new Set(numbers).size === numbers.length;
    const channels = regions.map(({ channel }) => channel);
    if (!distinct(channels) || Math.max(...channels) !== channels.length - 1)
      wrong("expected every channel once");
    if (!distinct(regions.map((region) => region.value)))
      wrong("expected a value of its own for each region");
    const strange = regions.find((region) => !region.values.includes(region.value));
    if (strange !== undefined) wrong(`expected the value ${strange.value} to be one of its region's values`);
  });

export type PaintedRegion = Readonly<z.infer<typeof paintedRegionsSchema>[number]>;

/** Label values that lie in the same regions, and so need not be told apart. */
interface RegionPart {
  readonly name: string;
  readonly values: readonly number[];
  /** Channels of the regions that it is part of. */
  readonly channels: readonly number[];
}

/** @param names of the regions by channel */
function partsOf(regions: readonly PaintedRegion[], names: readonly string[]): RegionPart[] {
  const parts = new Map<string, { values: number[]; channels: readonly number[] }>();
  for (const one of [...new Set(regions.flatMap(({ values }) => values))].sort((a, b) => a - b)) {
    const channels = regions.filter(({ values }) => values.includes(one)).map(({ channel }) => channel);
    const name = channels.map((channel) => names[channel]).join(" + ");
    const part = parts.get(name) ?? { values: [], channels };
    part.values.push(one);
    parts.set(name, part);
  }
  return [...parts].map(([name, part]) => ({ name, ...part }));
}

/**
 * Label files as regions are measured: parts that do not overlap, so that one number a voxel holds them. A part is called
 * by the regions that it lies in, `whole tumour + tumour core`.
 */
export const partSelection = (regions: readonly PaintedRegion[], names: readonly string[]): OrganSelection =>
  Object.fromEntries(partsOf(regions, names).map(({ name, values }) => [name, values]));

/** A region's values in a selection by parts; those of parts that the selection lacks are missing. */
export const valuesInParts = (
  channel: number,
  selection: OrganSelection,
  { regions, names }: { readonly regions: readonly PaintedRegion[]; readonly names: readonly string[] },
): number[] =>
  partsOf(regions, names)
    .filter(({ channels }) => channels.includes(channel))
    .flatMap(({ name }) => selection[name] ?? []);
