export { appendToFile, writeFileAtomically } from "./atomic-write.js";
export { type PreparedVoxels, writeEntry } from "./case-entry.js";
export { casesOfFiles } from "./channel-files.js";
export type { CaseFiles, Dataset } from "./dataset.js";
export {
  type InspectedCase,
  type Inspection,
  inspectDataset,
  type Problem,
  refuseIfBroken,
} from "./inspect.js";
export { loadImage, loadLabels, readVolumeFile } from "./load-case.js";
export { layouts, type OpenOptions, openDataset } from "./open-dataset.js";
export { makePhantomDatasets, type PhantomFolder } from "./phantoms/index.js";
export { type PreparedCase, type PrepareOptions, prepareCases, readPreparedCase } from "./prepare-cases.js";
export { type Split, splitBySubject } from "./split.js";
