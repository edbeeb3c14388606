export { CaseSampler } from "./case-sampler.js";
export { type Foreground, findForeground } from "./foreground.js";
export { placeAnywhere, placeNearForeground } from "./patch-placement.js";
export { type Policy, type PolicyName, policies } from "./policies/index.js";
export { type SamplingSettings, samplingSchema } from "./settings.js";
export { checkCases, type TrainingCase } from "./training-case.js";
