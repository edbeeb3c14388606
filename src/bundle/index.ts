export {
  type Bundle,
  type BundleNetwork,
  type BundleParts,
  openBundle,
  packBundle,
  withMetrics,
} from "./bundle.js";
export { renderCard } from "./card.js";
export { encodeDicomResult, type Result } from "./dicom-result.js";
export type { DoubtMaps } from "./doubt-maps.js";
export { jointSignature, temperatureByKind } from "./image-temperature.js";
export {
  type GuardEvidence,
  guardEvidence,
  type Inspected,
  type InspectOptions,
  inspectPrepared,
} from "./inspect-prepared.js";
export { type LikelyModality, likelyModality } from "./likely-modality.js";
export { type BundleFiles, bundleFileNames, MANIFEST, MAXIMUM_NETWORKS, partNames } from "./manifest.js";
export { eachNetwork, type OpenedBundle, openNetworks } from "./networks.js";
export { openModel } from "./open-model.js";
export type { OrganVolume } from "./organ-volumes.js";
export {
  type BundleWindowPlan,
  type Calibration,
  type Card,
  calibrationSchema,
  cardSchema,
  type Labels,
  labelsSchema,
  windowPlanSchema,
} from "./parts.js";
export {
  checkImage,
  type ImageCheck,
  type ImagePrediction,
  type ImageToPredict,
  labelsOnFile,
  type MeasuredLabels,
  type NetworkPrediction,
  type PredictImageOptions,
  type PreparedPrediction,
  predictImage,
  predictPrepared,
  prepareForBundle,
  scaledMean,
} from "./predict-image.js";
export { encodeFigures, parseFigures, type ResultFigures } from "./result-figures.js";
export { temperatureDoubt } from "./temperature-doubt.js";
export { verdictFigures } from "./verdict-figures.js";
