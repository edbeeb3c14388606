/** How an image came about, which says how its intensities are to be read. */
export const modalities = ["CT", "MR", "PET", "US", "other"] as const;

export type Modality = (typeof modalities)[number];
