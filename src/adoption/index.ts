export { type AdoptedBundle, type AdoptionOptions, adoptNetwork } from "./adopt-network.js";
export { type NetworkFile, networkFileSchema, readNetworkFile } from "./network-file.js";
export { type AdoptedNetwork, observeLayers, openNetwork } from "./open-network.js";
export { preparedReferences } from "./prepared-references.js";
