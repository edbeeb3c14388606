/** What an image most likely is, where neither its file nor anybody says so. */
import { UserError } from "../base/index.js";
import { type Modality, modalityOfEachChannel, modalityText } from "../volume/index.js";
import type { OpenedBundle } from "./networks.js";
import { checkImage, type ImageToPredict } from "./predict-image.js";

export interface LikelyModality {
  /** One for each channel. */
  readonly modalities: readonly Modality[];
  /** Says that this is a guess. */
  readonly warning: string;
}

/**
 * Looks at the image as each kind that the network was trained on, and takes the one as which it is least foreign. Where the
 * image is foreign as every kind it stays foreign; an image that is read as the wrong kind may be segmented badly.
 *
 * @throws UserError where the image can be used as none of them
 */
export async function likelyModality(
  opened: OpenedBundle,
  image: Pick<ImageToPredict, "volume" | "name">,
  signal?: AbortSignal,
): Promise<LikelyModality> {
  const { inputChannels, modalities: known } = opened.bundle.labels;
  let best: { readonly modalities: readonly Modality[]; readonly measure: number } | undefined;
  let refusal: UserError | undefined;
  for (const kind of known) {
    const modalities = modalityOfEachChannel(kind, inputChannels.length, "labels.json, modalities");
    try {
      const { measure } = (await checkImage(opened, { ...image, modalities }, signal)).verdict;
      if (best === undefined || measure < best.measure) best = { modalities, measure };
    } catch (error) {
      // An image that cannot be of this kind, as one without any voxel in a window of intensities.
      if (!(error instanceof UserError)) throw error;
      refusal ??= error;
    }
  }
  if (best === undefined) throw refusal;
  const { modalities } = best;
  const warning = `nobody says what the image is; it is taken for ${modalityText(modalities)}, as which it is least unlike the training images (of ${known.map((kind) => modalityText([kind].flat())).join(", ")}). Say what it is to be sure.`;
  return { modalities, warning };
}
