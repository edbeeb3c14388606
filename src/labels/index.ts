export { channelTargets } from "./channel-targets.js";
export { channelsOf, type LabelMap, type LabelMode, labelMap, labelModes } from "./label-map.js";
export {
  encodeTarget,
  type TargetEncoding,
  type TargetLayout,
  targetEncoding,
  targetLayout,
} from "./targets.js";
