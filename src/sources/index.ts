export { plainFileName } from "./detached.js";
export { isDicom } from "./dicom/parse-file.js";
export { readDicomSeries } from "./dicom/read-series.js";
export { DICOM, type DicomElement, type DicomSeriesSource, type DicomSlice } from "./dicom/series-source.js";
export { SeveralVolumes } from "./dicom/volumes.js";
export {
  type Algorithm,
  type DicomSegmentation,
  encodeSegmentation,
  referableSeries,
  type Segment,
} from "./dicom-seg/index.js";
export { headerEndings, nameWithoutEnding, volumeEndings } from "./endings.js";
export type { FilesBeside, FileToRead, SeriesChoice } from "./files-to-read.js";
export type { SourcedVolume, VolumeFormat, VolumeHeader, VolumeSource, WriteOptions } from "./format.js";
export { type ImageFiles, imageEndingOf, modalityOfImage, readImage, unpackedSizeOf } from "./read-image.js";
export { dataFileOf, readVolume, readVolumeHeader, writeVolume } from "./volume-file.js";
