export { type Bundle, type BundleParts, openBundle, packBundle } from "./bundle.js";
export { renderCard } from "./card.js";
export { type BundleFiles, MANIFEST, type PartName, partNames } from "./manifest.js";
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
  type ImagePrediction,
  type Inspected,
  inspectPrepared,
  predictImage,
  toProbabilities,
} from "./predict.js";
export { predictFlipped } from "./predict-flipped.js";
