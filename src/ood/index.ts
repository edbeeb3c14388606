export {
  checkGuard,
  fitGuard,
  type Guard,
  type GuardCase,
  guardSchema,
  type ImageSignatures,
  readGuard,
  type Verdict,
} from "./guard.js";
export {
  GramAccumulator,
  type SignatureForm,
  signatureDistance,
  signatureForms,
  signatureOf,
  singularValues,
} from "./signature.js";
export { conformalPValue, type ThresholdName, thresholds } from "./thresholds/index.js";
