export {
  type Bundle,
  type BundleFiles,
  bundleParts,
  type ModelCard,
  type ModelPart,
  openBundle,
  packBundle,
} from "./bundle.js";
export { type Inspected, inspectPrepared, type Prediction, predictImage, signaturesOf } from "./predict.js";
