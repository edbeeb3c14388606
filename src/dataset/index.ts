export {
  appendToFile,
  isWritingError,
  writeFileAtomically,
  writeFilesTogether,
  writingError,
} from "./atomic-write.js";
export { type PreparedVoxels, writeEntry } from "./case-entry.js";
export { type CaseResolution, caseResolution } from "./case-resolution.js";
export { casesInFolders } from "./cases-in-folders.js";
export { casesOfFiles } from "./channel-files.js";
export type { CaseFault, CaseFiles, Dataset } from "./dataset.js";
export { hashOfFiles } from "./hash-of-files.js";
export { imageFilesAt } from "./image-files.js";
export { type Inspection, inspectDataset, refuseIfBroken } from "./inspect.js";
export type { InspectedCase, Problem } from "./inspect-case.js";
export { jointChannelNames } from "./joint-channel-names.js";
export { layouts } from "./layouts/index.js";
export { modalityFromName } from "./layouts/modality-from-name.js";
export { loadImage, loadLabels, loadLabelsOf, readVolumeFile } from "./load-case.js";
export { type OpenOptions, openDataset, withSubjects } from "./open-dataset.js";
export { openTrainingDatasets } from "./open-training-datasets.js";
export { makePhantomDatasets, type PhantomFolder } from "./phantoms/index.js";
export { type PreparedCase, type PrepareOptions, prepareCases, readPreparedCase } from "./prepare-cases.js";
export { MAX_TEXT_BYTES, readBytes as readFileBytes, readBytesIfThere } from "./read-bytes.js";
export type { ResolutionCeiling } from "./resolution-ceiling.js";
export { type Split, splitBySubject, splitParts } from "./split.js";
export { missingSubjectPolicies, type SubjectsFile } from "./subjects.js";
export { temporaryPath } from "./temporary-files.js";
