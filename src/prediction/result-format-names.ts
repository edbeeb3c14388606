/** What `--format` takes; `result-formats.ts` says what each is. */
export const resultFormatNames = ["nifti", "nrrd", "metaimage", "dicom-seg"] as const;

export type ResultFormatName = (typeof resultFormatNames)[number];
