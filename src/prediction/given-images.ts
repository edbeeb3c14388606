/** The images that somebody gives for a bundle: told apart and read. */
import { UserError } from "../base/index.js";
import type { Bundle, ImageToPredict, LikelyModality } from "../bundle/index.js";
import { type CaseFiles, casesOfFiles, loadImage } from "../dataset/index.js";
import type { SourcedVolume } from "../sources/index.js";
import { type Modality, modalityOfEachChannel } from "../volume/index.js";

/** What a user says of the images. */
export interface GivenImages {
  /** Files, or folders and zips of DICOM files; the channels of one image may be files of their own. */
  readonly images: readonly string[];
  /** One for all channels, or one for each; default: what the image's own files say, else what the bundle takes. */
  readonly modality?: Modality | readonly Modality[];
  /** Which volume is meant where DICOM files hold several. */
  readonly series?: string;
}

const ADVICE =
  "Give the channels that the network was trained on, in one file or in files that end in _0000, _0001 and so on.";

/** @throws UserError where files do not make up images, or the modalities do not fit the bundle's channels */
export function casesOfGiven({ images, modality, series }: GivenImages, { labels }: Bundle): CaseFiles[] {
  const channels = labels.inputChannels.length;
  const modalities = modality && modalityOfEachChannel(modality, channels, "--modality");
  return casesOfFiles(images, channels).map((files) => ({ ...files, series, modalities }));
}

/** What messages call a case. */
export const nameOfCase = ({ images }: CaseFiles): string => images[0] as string;

/** An image as read from its files, with what it is. */
export type GivenImage = ImageToPredict & { readonly volume: SourcedVolume };

/** Asked where neither user nor files say what an image is, and the bundle knows several kinds. */
export type ModalityGuess = (image: Pick<GivenImage, "volume" | "name">) => Promise<LikelyModality>;

/**
 * @param guess default: such an image is refused
 * @throws UserError naming the file that cannot be read, or the modality that nobody gave
 */
export async function readGivenImage(
  files: CaseFiles,
  bundle: Bundle,
  guess: ModalityGuess = refuseSeveral(bundle),
): Promise<GivenImage> {
  const channels = bundle.labels.inputChannels.length;
  const volume = await loadImage(files, channels, ADVICE);
  const name = nameOfCase(files);
  const { modalities: known } = bundle.labels;
  const said = files.modalities ?? volume.source.modality ?? (known.length === 1 ? known[0]! : undefined);
  if (said !== undefined) {
    return { volume, modalities: modalityOfEachChannel(said, channels, "--modality"), name };
  }
  const { modalities, warning } = await guess({ volume, name });
  const source = { ...volume.source, warnings: [...volume.source.warnings, warning] };
  return { volume: { ...volume, source }, modalities, name };
}

const refuseSeveral =
  (bundle: Bundle): ModalityGuess =>
  async () => {
    const { modalities } = bundle.labels;
    throw new UserError({
      subject: "--modality",
      found: "nothing",
      expected: `one of ${modalities.map((one) => [one].flat().join(",")).join(" or ")}: the bundle was trained on several`,
      advice: "Say what the images are; intensities are normalised by modality.",
    });
  };
