export { segment } from "./segmentation.js";
export {
  type PredictOptions,
  predictVolume,
  toProbabilities,
  type WindowFeatures,
} from "./sliding-window.js";
export { layWindows, type Window, type WindowGrid, type WindowPlan } from "./windows.js";
