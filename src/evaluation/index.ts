export {
  type CalibrationRow,
  calibrationRows,
  type MeasuredCalibration,
  pooledReliability,
  type ReliabilityRow,
} from "./calibration-summary.js";
export { type DatasetMeans, meansByDataset } from "./dataset-means.js";
export { type EvaluateBundleOptions, evaluateBundle } from "./evaluate-bundle.js";
export { type EvaluateCasesOptions, type EvaluatedCases, evaluateCases } from "./evaluate-cases.js";
export { evaluateForeign, type ForeignFolder } from "./evaluate-foreign.js";
export type {
  CaseResult,
  Evaluation,
  ForeignResult,
  SeenImage,
  SignatureRow,
  Witness,
} from "./evaluation.js";
export {
  areaUnder,
  excessArea,
  expectedPerformanceDrop,
  riskCoverageCurve,
} from "./failure-scores.js";
export { guardFigures } from "./guard-figures.js";
export {
  type CasePrediction,
  type CaseReference,
  finiteOrNull,
  type MeasuredOrgan,
  measureCase,
  type ScalingPair,
} from "./measure-case.js";
export { aupr, auroc, fprAt95Tpr } from "./scores.js";
export { trainingSignatures } from "./signature-rows.js";
export {
  type ComparedTemperature,
  comparedTemperatures,
  type TemperatureRow,
} from "./temperature-comparison.js";
