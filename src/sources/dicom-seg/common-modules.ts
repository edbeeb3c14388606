/** The modules that every object derived from a series has alike: whose it is, which study, what made it and when. */
import type { DicomElement, DicomSeriesSource } from "../dicom/series-source.js";
import { dateAndTime } from "./date-time.js";
import { attributes, type DataSet, type Keyword } from "./encoding/attributes.js";

/** What made an object. */
export interface Algorithm {
  readonly name: string;
  readonly version: string;
  /** What tells it from every other of the same name and version: a hash. */
  readonly fingerprint: string;
}

/** When an object was made, and where its identifiers come from. */
export interface Making {
  readonly now: Date;
  readonly newUid: () => string;
}

/** What an object of a new series says of itself. */
export interface NewSeries {
  readonly sopClassUid: string;
  readonly modality: string;
  readonly seriesNumber: number;
  readonly description: string;
}

const MANUFACTURER = "sureseg";

/** Attributes of patient and study that an object must have, be they empty (type 2). */
const ALWAYS_THERE = [
  "StudyDate",
  "StudyTime",
  "AccessionNumber",
  "ReferringPhysicianName",
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "StudyID",
] as const satisfies readonly Keyword[];

/** Patient, study, series, frame of reference, equipment and SOP common; the elements of `source.identity` are to be copied besides. */
export function commonModules(
  source: DicomSeriesSource,
  series: NewSeries,
  algorithm: Algorithm,
  { now, newUid }: Making,
): DataSet {
  const { date, time } = dateAndTime(now, source.identity);
  return {
    ...emptyUnlessCopied(ALWAYS_THERE, source.identity),
    ...(source.frameOfReferenceUid !== undefined &&
      emptyUnlessCopied(["PositionReferenceIndicator"], source.identity)),
    SOPClassUID: series.sopClassUid,
    SOPInstanceUID: newUid(),
    SeriesInstanceUID: newUid(),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    Modality: series.modality,
    SeriesNumber: series.seriesNumber,
    InstanceNumber: 1,
    SeriesDescription: series.description,
    Manufacturer: MANUFACTURER,
    ManufacturerModelName: algorithm.name,
    DeviceSerialNumber: algorithm.fingerprint,
    SoftwareVersions: algorithm.version,
  };
}

/** Attributes without a value, where the copied elements do not have them. */
function emptyUnlessCopied(keywords: readonly Keyword[], copied: readonly DicomElement[]): DataSet {
  const there = new Set(copied.map(({ tag }) => tag));
  return Object.fromEntries(
    keywords.filter((keyword) => !there.has(attributes[keyword][0])).map((keyword) => [keyword, ""]),
  );
}
