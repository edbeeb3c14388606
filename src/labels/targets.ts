/** From the organs of a case to the network's output channels. */
import { type CaseName, caseKey, UserError } from "../base/index.js";
import type { LabelMode } from "./label-mode.js";
import type { PaintedRegion } from "./regions.js";

/** A case and the organs that its dataset annotates; value n of its target is the n-th of them, 0 is background. */
export interface AnnotatedCase extends CaseName {
  readonly organs: readonly string[];
}

/** What the output channels mean. */
export interface TargetLayout {
  readonly mode: LabelMode;
  /** A name for each channel: organs in `union` mode, in `shared` mode the one name `foreground`. */
  readonly channels: readonly string[];
  /** In `regions` mode alone. */
  readonly regions?: readonly PaintedRegion[];
}

/** Labels of a mask are single bytes, and 0 is the background. */
const MOST_ORGANS = 255;

/**
 * Make it once from all cases of a run, so that training, validation and fine-tuning agree on the channels.
 *
 * @param cases in `union` mode their organs are listed in order of first appearance; same name, same channel
 * @throws UserError where there are more organs than a mask has labels for
 */
export function targetLayout(mode: LabelMode, cases: readonly Pick<AnnotatedCase, "organs">[]): TargetLayout {
  if (mode === "shared") return { mode, channels: ["foreground"] };
  const channels = [...new Set(cases.flatMap(({ organs }) => organs))];
  if (channels.length <= MOST_ORGANS) return { mode, channels };
  throw new UserError({
    subject: "organs of all datasets",
    found: `${channels.length} different names`,
    expected: `at most ${MOST_ORGANS}`,
    advice: "Leave organs out, join some under one name, or train two networks.",
  });
}

/** How the target of one case becomes channels. */
export interface TargetEncoding {
  /** For every value of the target (256), the channel it belongs to; -1 for background. */
  readonly channelOf: Int16Array;
  /** For each channel, 1 where the case's dataset annotates it, otherwise 0: a row of the weight [N, K]. */
  readonly weight: Float32Array;
}

/** @throws UserError where the case annotates an organ that the layout does not have */
export function targetEncoding(layout: TargetLayout, one: AnnotatedCase): TargetEncoding {
  const channelOf = new Int16Array(256).fill(-1);
  const weight = new Float32Array(layout.channels.length);
  one.organs.forEach((organ, index) => {
    const channel = layout.mode === "shared" ? 0 : layout.channels.indexOf(organ);
    if (channel < 0) {
      throw new UserError({
        subject: `case ${caseKey(one)}`,
        found: `the organ ${organ}`,
        expected: `one of the network's channels: ${layout.channels.join(", ")}`,
        advice: "Make the channels from all datasets of the run, or leave this organ out.",
      });
    }
    channelOf[index + 1] = channel;
    weight[channel] = 1;
  });
  return { channelOf, weight };
}

/**
 * One-hot target of one sample.
 *
 * @param labels organ values of a patch, first axis fastest
 * @param into [K, k, j, i] of zeros; 1 is written where a voxel belongs to a channel
 */
export function encodeTarget(labels: Uint8Array, encoding: TargetEncoding, into: Float32Array): void {
  const { channelOf } = encoding;
  for (let voxel = 0; voxel < labels.length; voxel++) {
    const channel = channelOf[labels[voxel]!]!;
    if (channel >= 0) into[channel * labels.length + voxel] = 1;
  }
}
