/** From the target of a case to 0/1 labels of each output channel. */
import { maskOfValues, scoredOrgans } from "./organs.js";
import type { TargetLayout } from "./targets.js";

/** What a case's reference says of one output channel, on the prepared grid. */
export interface ChannelTarget {
  readonly organ: string;
  readonly channel: number;
  /** 1 where the organ is, else 0. */
  readonly labels: Uint8Array;
}

/** The output channels that a case has a reference for. Value n of the target is the n-th of the case's organs. */
export function channelTargets(
  { target, organs }: { readonly target: Uint8Array; readonly organs: readonly string[] },
  layout: TargetLayout,
): ChannelTarget[] {
  const values = Object.fromEntries(organs.map((organ, index) => [organ, [index + 1]]));
  return scoredOrgans(layout, values).map(({ organ, channel, values: own }) => ({
    organ,
    channel,
    labels: maskOfValues(target, own),
  }));
}
