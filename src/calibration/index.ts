export {
  adaptiveEce,
  brier,
  ece,
  type ForecastOptions,
  mce,
  nll,
  reliabilityDiagram,
} from "./errors.js";
export { type ExpectedErrors, type ExpectedErrorsOptions, expectedErrors } from "./expected-errors.js";
export { logitsOf } from "./logits.js";
export { REGIONS, type Region, regionPart } from "./region.js";
export {
  type Calibration,
  type CalibrationErrors,
  type CalibrationOptions,
  DEFAULT_BINS,
  PROBABILITY_EPSILON,
  ReliabilityAccumulator,
  type ReliabilityBin,
} from "./reliability.js";
export { scaleProbabilities } from "./scale-probabilities.js";
export {
  fitTemperature,
  HIGHEST_TEMPERATURE,
  LOWEST_TEMPERATURE,
  type LogitBatch,
  type TemperatureFit,
  TemperatureFitter,
} from "./temperature.js";
export {
  alternativesSchema,
  type CalibrationCase,
  fitAlternatives,
  type ImageToScale,
  lossCurve,
  type TemperatureAlternatives,
  type TemperatureKindName,
  temperatureKinds,
  temperatureOf,
} from "./temperatures/index.js";
export type { Confidence, Forecast, Part } from "./voxels.js";
