export { adoptModel, alongImage, checkAxes, type ModelAxes } from "./adopt-model.js";
export { checkOutput, type OutputToCheck } from "./check-output.js";
export {
  chooseOutput,
  type OutputMeaning,
  outputMeanings,
  outputNames,
  type SegmentationOutput,
} from "./choose-output.js";
export { type ImagePort, imageInput, inputsOf, outputsOf, portText } from "./describe-model.js";
export { gramOutputs, INTERIOR_INPUT, withGramOutputs } from "./gram-outputs.js";
export { withHalfWeights, withSingleWeights } from "./half-weights.js";
export { type Layer, layerNames, layersOf, USUAL_LAYERS } from "./layers.js";
export { type Observed, observeModel } from "./observe-model.js";
export { type ReadModel, readModel } from "./read-model.js";
