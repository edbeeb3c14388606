import type { VolumeFormat } from "./format.js";
import { nifti } from "./nifti/nifti.js";

/** The formats, in the order in which a file's first bytes are shown to them. */
export const FORMATS: readonly VolumeFormat[] = [nifti];
