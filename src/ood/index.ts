export type { CaseEvidence, MemberUncertainty, PredictionConfidence } from "./case-evidence.js";
export { judgeTogether, type MemberVerdict, poolCalibration } from "./cross-conformal.js";
export {
  type Detector,
  type FittedDetector,
  type GradedEvidence,
  leaveOneOutScores,
} from "./detectors/detector.js";
export { detectors } from "./detectors/index.js";
export { FEWEST_GRADED_IMAGES } from "./detectors/quality-regression.js";
export { signatureVariants } from "./detectors/signature-variants.js";
export {
  FEWEST_SUBJECTS,
  type LayerMeasure,
  modelSignatures,
  type SpectralSignatureOptions,
  spectralSignature,
} from "./detectors/spectral-signature.js";
export { FeatureStatistics } from "./feature-statistics.js";
export {
  checkGuard,
  fitGuard,
  type Guard,
  type GuardOptions,
  judgeSignatures,
  type Verdict,
  withThreshold,
} from "./guard.js";
export { guardFromJson, guardToJson } from "./guard-json.js";
export { intensityFeatures } from "./intensity-features.js";
export type { LayerStatistics } from "./layer-statistics.js";
export { roughnessFeatures } from "./roughness-features.js";
export { type SignatureForm, signature, signatureForms, singularValues } from "./signature.js";
export { SignatureAccumulator } from "./signature-accumulator.js";
export {
  conformalPValue,
  fewestCalibrationImages,
  fitThreshold,
  roundedUp,
  smallestAlpha,
  type ThresholdChoice,
  thresholdSchema,
  thresholds,
} from "./thresholds/index.js";
