export { type ChannelTarget, channelTargets } from "./channel-targets.js";
export {
  type LabelledVoxels,
  type LabelMap,
  labelBlocks,
  labelMap,
  labelSlabs,
  labelVoxels,
  type ProbabilityBlock,
  type ProbabilitySlab,
} from "./label-map.js";
export {
  backgroundProbabilities,
  channelsOf,
  type LabelMode,
  labelModes,
  labelOfChannel,
  trainedLabelModes,
} from "./label-mode.js";
export { labelValuesText, organsSchema } from "./label-values.js";
export { type MaskLabel, maskLabels } from "./mask-labels.js";
export {
  layoutOf,
  maskOfValues,
  type OrganMap,
  type OrganSelection,
  organsOf,
  type ScoredOrgan,
  scoredOrgans,
} from "./organs.js";
export {
  type AnnotatedCase,
  encodeTarget,
  type TargetEncoding,
  type TargetLayout,
  targetEncoding,
  targetLayout,
} from "./targets.js";
