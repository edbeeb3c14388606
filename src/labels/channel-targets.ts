/** From the target of a case to 0/1 labels of each output channel. */
import type { TargetLayout } from "./targets.js";

/** The output channels that a case has a reference for, each with its 0/1 labels on the prepared grid. */
export function channelTargets(
  item: { readonly target: Uint8Array; readonly organs: readonly string[] },
  layout: TargetLayout,
): { channel: number; organ: string; labels: Uint8Array }[] {
  if (layout.mode === "shared") {
    const labels = item.target.map((value) => (value > 0 ? 1 : 0));
    return [{ channel: 0, organ: item.organs.join("+"), labels }];
  }
  return item.organs.map((organ, index) => ({
    channel: layout.channels.indexOf(organ),
    organ,
    labels: item.target.map((value) => (value === index + 1 ? 1 : 0)),
  }));
}
