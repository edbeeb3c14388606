/**
 * What a network's output channels mean:
 * - `shared`: one channel, the organ of the image's context, whichever dataset the image is of.
 * - `union`: a channel for each organ named in any dataset, independent of each other; a dataset that does not annotate
 *   an organ has no say in its channel.
 * - `exclusive`: channels add up to one and channel 0 is the background. Networks trained elsewhere.
 * - `regions`: a channel for each region, independent of each other; regions may contain each other, and masks get them
 *   painted one over the other in a given order. Networks trained elsewhere (nnU-Net's `regions_class_order`, BraTS).
 */
export const labelModes = ["shared", "union", "exclusive", "regions"] as const;
export type LabelMode = (typeof labelModes)[number];

/** The modes that networks are trained in here. */
export const trainedLabelModes = ["shared", "union"] as const satisfies readonly LabelMode[];

/** How many channels a network has for so many organs. */
export const channelsOf = (mode: LabelMode, organs: number): number =>
  mode === "shared" ? 1 : mode === "exclusive" ? organs + 1 : organs;

/**
 * The label that a mask gives to the voxels of a channel; 0, background, for channel 0 in `exclusive` mode. In `regions`
 * mode masks have the values that the regions say instead: see `labelsOfChannel`.
 */
export const labelOfChannel = (mode: Exclude<LabelMode, "regions">, channel: number): number =>
  mode === "exclusive" ? channel : channel + 1;

/** Probabilities of a voxel that no network has seen and that is background for certain, one a channel. */
export const backgroundProbabilities = (mode: LabelMode, channels: number): number[] =>
  Array.from({ length: channels }, (_, channel) => (mode === "exclusive" && channel === 0 ? 1 : 0));
