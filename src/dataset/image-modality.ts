/** What DICOM files say of how an image came about. */
import { UserError } from "../base/index.js";
import { headerEndings, modalityOfImage, volumeEndings } from "../sources/index.js";
import type { Modality } from "../volume/index.js";
import { imageFilesAt } from "./image-files.js";

/**
 * Modalities of channels, of which those that are not known are taken from the image's own files.
 *
 * @param known one for each channel, `other` where nobody says
 * @param images a file or folder for each channel, or one for all
 */
export const modalitiesFromFiles = (
  known: readonly Modality[],
  images: readonly string[],
): Promise<Modality[]> =>
  Promise.all(
    known.map(async (modality, channel) =>
      modality === "other" ? await modalityAt(images[channel] ?? images[0]!) : modality,
    ),
  );

async function modalityAt(path: string): Promise<Modality> {
  // Files of other formats say nothing of it: reading them would be in vain.
  if ([...volumeEndings(), ...headerEndings()].some((ending) => path.toLowerCase().endsWith(ending)))
    return "other";
  try {
    return (await modalityOfImage(await imageFilesAt(path))) ?? "other";
  } catch (error) {
    // What cannot be read is reported with the case that it belongs to.
    if (error instanceof UserError) return "other";
    throw error;
  }
}
