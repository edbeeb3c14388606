export { type Bundle, type BundleParts, openBundle, packBundle } from "./bundle.js";
export { renderCard } from "./card.js";
export type { DoubtMaps } from "./doubt-maps.js";
export { type Inspected, type InspectOptions, inspectPrepared } from "./inspect-prepared.js";
export { type BundleFiles, MANIFEST, type PartName, partNames } from "./manifest.js";
export { openModel } from "./open-model.js";
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
  calibrated,
  checkImage,
  type ImageCheck,
  type ImagePrediction,
  type ImageToPredict,
  labelsOnFile,
  type OpenedBundle,
  type PredictImageOptions,
  type PreparedPrediction,
  predictImage,
  predictPrepared,
  prepareForBundle,
} from "./predict-image.js";
export { temperatureDoubt } from "./temperature-doubt.js";
