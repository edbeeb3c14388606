export type { CaseEvidence, MemberUncertainty, PredictionConfidence } from "./case-evidence.js";
export { judgeTogether, type MemberVerdict, poolCalibration } from "./cross-conformal.js";
export {
  type Detector,
  type FittedDetector,
  type GradedEvidence,
  leaveOneOutScores,
  type MemberSource,
  type Opponent,
} from "./detectors/detector.js";
export { detectors } from "./detectors/index.js";
export { FEWEST_GRADED_IMAGES } from "./detectors/quality-regression.js";
export { signatureVariants } from "./detectors/signature-variants.js";
export { FeatureStatistics } from "./feature-statistics.js";
export {
  calibratedGuard,
  checkGuard,
  fitGuard,
  fitGuardModel,
  type Guard,
  type GuardCalibration,
  type GuardFit,
  type GuardOptions,
  type UsualImages,
} from "./guard.js";
export { guardFromJson, guardToJson } from "./guard-json.js";
export {
  type GuardModel,
  type GuardPart,
  guardParts,
  measureParts,
  type PartMeasures,
} from "./guard-parts.js";
export { intensityFeatures } from "./intensity-features.js";
export type { LayerStatistics } from "./layer-statistics.js";
export { roughnessFeatures } from "./roughness-features.js";
export { type SignatureForm, signature, signatureForms, singularValues } from "./signature.js";
export { SignatureAccumulator } from "./signature-accumulator.js";
export { type PlaceOnMap, type SignatureMap, signatureMap } from "./signature-map.js";
export {
  type LayerMeasure,
  modelSignatures,
  type SignatureScore,
  type TrainingCase,
} from "./signature-model.js";
export { FEWEST_SUBJECTS, type SpectralSignatureOptions } from "./signature-references.js";
export {
  conformalPValue,
  falseAlarmInterval,
  falseAlarmsUpperTail,
  fewestCalibrationImages,
  fitThreshold,
  type GuardPromise,
  rankOf,
  roundedUp,
  smallestAlpha,
  type ThresholdChoice,
  type ThresholdRank,
  thresholdRank,
  thresholdSchema,
  thresholds,
} from "./thresholds/index.js";
export type { AxisNames, PartVerdict, Verdict } from "./verdict.js";
