import type { VolumeFormat } from "./format.js";
import { metaImage } from "./metaimage/metaimage.js";
import { nifti } from "./nifti/nifti.js";
import { nrrd } from "./nrrd/nrrd.js";

/** The formats, in the order in which a file's first bytes are shown to them. */
export const FORMATS: readonly VolumeFormat[] = [nifti, nrrd, metaImage];
