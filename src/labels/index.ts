export { type ChannelTarget, channelTargets } from "./channel-targets.js";
export {
  type LabelledVoxels,
  type LabelMap,
  labelBlocks,
  labelMap,
  labelVoxels,
  type PredictedChannels,
  type ProbabilityBlock,
} from "./label-map.js";
export {
  backgroundProbabilities,
  channelsOf,
  type LabelMode,
  labelModes,
  trainedLabelModes,
} from "./label-mode.js";
export {
  labelValuesText,
  type OrganSelection,
  organsSchema,
  overlappingOrgansSchema,
  refuseOverlaps,
} from "./label-values.js";
export { type MaskLabel, maskLabels } from "./mask-labels.js";
export {
  labelsOfChannel,
  layoutOf,
  maskOfValues,
  maskSelection,
  type NamedChannels,
  type OrganMap,
  organsOf,
  type ScoredOrgan,
  scoredOrgans,
} from "./organs.js";
export { type PaintedRegion, paintedRegionsSchema } from "./regions.js";
export {
  type AnnotatedCase,
  encodeTarget,
  type TargetEncoding,
  type TargetLayout,
  targetEncoding,
  targetLayout,
} from "./targets.js";
