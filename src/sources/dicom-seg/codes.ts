/** Coded concepts (PS3.3 8): what a machine understands, with words for people. */
import type { DataSet } from "./encoding/attributes.js";

export interface Code {
  readonly value: string;
  /** SCT: SNOMED CT; DCM: PS3.16 D. */
  readonly scheme: "SCT" | "DCM";
  readonly meaning: string;
}

/** A sequence of one code. */
export const coded = ({ value, scheme, meaning }: Code): readonly DataSet[] => [
  { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning },
];

const dicom = (value: string, meaning: string): Code => ({ value, scheme: "DCM", meaning });
export const snomed = (value: string, meaning: string): Code => ({ value, scheme: "SCT", meaning });

export const SEGMENTATION = dicom("113076", "Segmentation");
export const SOURCE_IMAGE = dicom("121322", "Source image for image processing operation");
export const ARTIFICIAL_INTELLIGENCE = dicom("123110", "Artificial Intelligence");

/** Kinds of things that segments are: Segmentation Property Category, CID 7150. */
export const ANATOMICAL_STRUCTURE = snomed("91723000", "Anatomical Structure");
export const ABNORMAL_STRUCTURE = snomed("49755003", "Morphologically Abnormal Structure");
export const TISSUE = snomed("85756007", "Tissue");

export const ORGAN = snomed("91772007", "Organ");
export const LEFT = snomed("7771000", "Left");
export const RIGHT = snomed("24028007", "Right");
