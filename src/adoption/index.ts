export { type AdoptedBundle, type AdoptionOptions, adoptNetwork } from "./adopt-network.js";
export { inferenceSchema, metadataSchema, networkFileOfBundle } from "./imports/monai-bundle.js";
export { datasetJsonSchema, networkFileOfPlans, plansSchema } from "./imports/nnunet-plans.js";
export {
  type NetworkFile,
  type NetworkFileInput,
  networkFileSchema,
  readNetworkFile,
} from "./network-file.js";
export { type AdoptedNetwork, observeLayers, openNetwork, paintedRegions } from "./open-network.js";
export { preparedReferences } from "./prepared-references.js";
