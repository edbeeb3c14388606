export type { VolumeFormat, VolumeHeader, WriteOptions } from "./format.js";
export { readVolume, readVolumeHeader, writeVolume } from "./volume-file.js";
