/** What a derived object says of the series it was made from. */
import type { DicomSeriesSource, DicomSlice } from "../dicom/series-source.js";
import { coded, SEGMENTATION, SOURCE_IMAGE } from "./codes.js";
import type { DataSet } from "./encoding/attributes.js";

/** The Common Instance Reference module: the series, and every instance of it once. */
export function referencedSeries({ seriesInstanceUid, slices }: DicomSeriesSource): DataSet {
  const instances = new Map(slices.map((slice) => [slice.sopInstanceUid, referenceTo(slice)]));
  return {
    ReferencedSeriesSequence: [
      { SeriesInstanceUID: seriesInstanceUid, ReferencedInstanceSequence: [...instances.values()] },
    ],
  };
}

/**
 * The Derivation Image macro: the one slice that a frame was made from, and in a multi-frame instance its frame. Masks have
 * the pixels of their slice, at its very place: so "spatial locations preserved" is true.
 */
export function derivedFrom(slice: DicomSlice): DataSet {
  const source: DataSet = {
    ...referenceTo(slice),
    ...(slice.frameNumber !== undefined && { ReferencedFrameNumber: slice.frameNumber }),
    PurposeOfReferenceCodeSequence: coded(SOURCE_IMAGE),
    SpatialLocationsPreserved: "YES",
  };
  return {
    DerivationImageSequence: [{ DerivationCodeSequence: coded(SEGMENTATION), SourceImageSequence: [source] }],
  };
}

const referenceTo = ({ sopClassUid, sopInstanceUid }: DicomSlice): DataSet => ({
  ReferencedSOPClassUID: sopClassUid,
  ReferencedSOPInstanceUID: sopInstanceUid,
});
