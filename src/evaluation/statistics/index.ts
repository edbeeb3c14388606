export { type BootstrapInterval, type BootstrapOptions, bootstrapInterval } from "./bootstrap.js";
export {
  type ClusteredValue,
  clusterInterval,
  fewestDecidingPairs,
  type Interval,
} from "./cluster-bootstrap.js";
export { holm } from "./holm.js";
export {
  type MeanDifference,
  meanDifference,
  type PairedTTestResult,
  pairedTTest,
} from "./paired-t-test.js";
export { type Alternative, type CompletePairs, completePairs } from "./pairs.js";
export { type WilcoxonOptions, type WilcoxonResult, wilcoxonSignedRank } from "./wilcoxon.js";
