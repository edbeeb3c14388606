/** Copies the elements that say who was scanned, and what became of the pixels, for objects derived from a series. */
import type { DataSet } from "dicom-parser";
import { textOf } from "./parse-file.js";
import type { DicomElement } from "./series-source.js";
import { tags } from "./tags.js";

/**
 * The elements without sequences of the Patient, General Study, Patient Study and Frame of Reference modules (PS3.3 C.7.1.1,
 * C.7.2.1, C.7.2.2, C.7.4.1), with their value representations, which a file in implicit VR does not state.
 */
export const IDENTITY_ELEMENTS: readonly (readonly [tag: number, vr: string])[] = [
  [0x00080005, "CS"], // Specific Character Set
  [0x00080020, "DA"], // Study Date
  [0x00080030, "TM"], // Study Time
  [0x00080050, "SH"], // Accession Number
  [0x00080090, "PN"], // Referring Physician's Name
  [0x00080201, "SH"], // Timezone Offset From UTC
  [0x00081030, "LO"], // Study Description
  [0x00081048, "PN"], // Physician(s) of Record
  [0x00081060, "PN"], // Name of Physician(s) Reading Study
  [0x00081080, "LO"], // Admitting Diagnoses Description
  [0x00100010, "PN"], // Patient's Name
  [0x00100020, "LO"], // Patient ID
  [0x00100021, "LO"], // Issuer of Patient ID
  [0x00100022, "CS"], // Type of Patient ID
  [0x00100030, "DA"], // Patient's Birth Date
  [0x00100032, "TM"], // Patient's Birth Time
  [0x00100040, "CS"], // Patient's Sex
  [0x00101000, "LO"], // Other Patient IDs
  [0x00101001, "PN"], // Other Patient Names
  [0x00101010, "AS"], // Patient's Age
  [0x00101020, "DS"], // Patient's Size
  [0x00101030, "DS"], // Patient's Weight
  [0x00102160, "SH"], // Ethnic Group
  [0x00102180, "SH"], // Occupation
  [0x001021b0, "LT"], // Additional Patient History
  [0x00104000, "LT"], // Patient Comments
  [0x00120062, "CS"], // Patient Identity Removed
  [0x00120063, "LO"], // De-identification Method
  [0x0020000d, "UI"], // Study Instance UID
  [0x00200010, "SH"], // Study ID
  [0x00200052, "UI"], // Frame of Reference UID
  [0x00201040, "LO"], // Position Reference Indicator
];

/** Of the General Image module (PS3.3 C.7.6.1). */
const LOSSY_ELEMENTS = [
  [0x00282110, "CS"], // Lossy Image Compression
  [0x00282112, "DS"], // Lossy Image Compression Ratio
  [0x00282114, "CS"], // Lossy Image Compression Method
] as const;

/** The elements of identity that a data set has, byte for byte. */
export const identityOf = (dataSet: DataSet): DicomElement[] => copiesOf(dataSet, IDENTITY_ELEMENTS);

/** What a data set says of lossy compression, where there ever was any. */
export const lossyCompressionOf = (dataSet: DataSet): DicomElement[] =>
  textOf(dataSet, tags.lossyImageCompression) === "01" ? copiesOf(dataSet, LOSSY_ELEMENTS) : [];

function copiesOf(dataSet: DataSet, wanted: typeof IDENTITY_ELEMENTS): DicomElement[] {
  return wanted.flatMap(([tag, vr]) => {
    const element = dataSet.elements[`x${tag.toString(16).padStart(8, "0")}`];
    if (element === undefined) return [];
    const start = element.dataOffset;
    return [{ tag, vr, bytes: Uint8Array.from(dataSet.byteArray.subarray(start, start + element.length)) }];
  });
}
