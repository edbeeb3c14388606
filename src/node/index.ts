/**
 * sureseg in Node.
 *
 * Work runs in the thread that calls it, and the engine computes without a pause; a server calls this in a worker thread.
 *
 * @module sureseg
 */

export type { NetworkFileInput } from "../adoption/index.js";
export { UserError } from "../base/index.js";
export { encodeResult, type ResultFormat } from "../library/encode.js";
export type { OpenBundle } from "../library/open-bundle.js";
export type { ImageOptions, ImageVerdict, Prediction } from "../library/predict.js";
export type * from "../library/types.js";
export { type FittedGuard, fitGuard, type GuardFitOptions } from "./fit-guard.js";
export { type BundleInput, type OpenOptions, openBundle } from "./open-bundle.js";
export { check, type ImageInput, predict } from "./predict.js";
export { type WriteOptions, type WrittenFiles, writePrediction } from "./write-prediction.js";
