export { nameWithoutEnding, volumeEndings } from "./endings.js";
export type { SourcedVolume, VolumeFormat, VolumeHeader, VolumeSource, WriteOptions } from "./format.js";
export { readVolume, readVolumeHeader, writeVolume } from "./volume-file.js";
