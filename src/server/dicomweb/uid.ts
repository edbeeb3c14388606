/** Unique identifiers of DICOM (PS3.5 section 9.1), which become part of an address. */

/** Digits and dots, 64 characters at most. Leading zeros are let through: the standard forbids them, scanners write them. */
export const isUid = (text: string): boolean => text.length <= 64 && /^\d+(\.\d+)+$/.test(text);
