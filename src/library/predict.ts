/** An image through an open bundle, for both entries of the library. */
import { UserError } from "../base/index.js";
import { checkImage, likelyModality, predictImage } from "../bundle/index.js";
import type { Verdict } from "../ood/index.js";
import type { VolumeSource } from "../sources/index.js";
import {
  checkSize,
  isUsableAffine,
  type Modality,
  modalityOfEachChannel,
  modalityText,
  type Volume,
} from "../volume/index.js";
import { type OpenBundle, openedOf } from "./open-bundle.js";

/** What is known of an image besides its voxels. */
export interface ImageOptions {
  /**
   * How the image came about: one word for all channels, or one for each. Default: what its files say (DICOM does), else what
   * the bundle takes; where that is several, each is tried, the one as which the image is least foreign is taken, and a
   * warning says so.
   */
  readonly modality?: Modality | readonly Modality[];
  /** Which volume is meant where DICOM files hold several: its number in the list that the refusal shows, or its UID. */
  readonly series?: string;
  /** What messages and results call the image; default: its file. Default for voxels without a file: `image`. */
  readonly name?: string;
  /** Stops the work before the next window. */
  readonly signal?: AbortSignal;
}

/** What the guard says of an image. */
export interface ImageVerdict {
  /** What messages call the image. */
  readonly name: string;
  /** Foreign or trusted, with the figures behind it. */
  readonly verdict: Verdict;
  /** Sentences about what makes the image doubtful without being foreign, and about what its file leaves open. */
  readonly warnings: readonly string[];
}

/** A segmentation of one image, on the grid of its file. */
export interface Prediction extends ImageVerdict {
  /** One channel: 0 is background, n the n-th organ of the bundle; 1 in `shared` bundles, whichever organ it is. */
  readonly mask: Volume<Uint8Array>;
  /** The calibrated probability of the label that each voxel was given. One channel. */
  readonly confidence: Volume<Float32Array>;
  /** What the image was read from; undefined for voxels that came without a file. */
  readonly source: VolumeSource | undefined;
  /** Of the bundle that predicted. */
  readonly bundle: Pick<OpenBundle, "name" | "version" | "fingerprint">;
}

/** An image that was read, or that never was a file. */
export interface ReadImage {
  readonly volume: Volume & { readonly source?: VolumeSource };
  readonly name: string;
}

/** @throws UserError naming the image where it cannot be used, or the bundle where it was closed */
export async function predictRead(
  bundle: OpenBundle,
  image: ReadImage,
  options: ImageOptions,
): Promise<Prediction> {
  const opened = openedOf(bundle);
  const { modalities, found } = await understood(bundle, image, options);
  const predicted = await predictImage(opened, { ...image, modalities }, { signal: options.signal });
  const { name, version, fingerprint } = bundle;
  return {
    name: image.name,
    mask: predicted.labels,
    confidence: predicted.confidence,
    verdict: predicted.verdict,
    warnings: [...found, ...predicted.warnings],
    source: image.volume.source,
    bundle: { name, version, fingerprint },
  };
}

/** The verdict alone; errors as for `predictRead`. */
export async function checkRead(
  bundle: OpenBundle,
  image: ReadImage,
  options: ImageOptions,
): Promise<ImageVerdict> {
  const { modalities, found } = await understood(bundle, image, options);
  const { verdict, warnings } = await checkImage(openedOf(bundle), { ...image, modalities }, options.signal);
  return { name: image.name, verdict, warnings: [...found, ...warnings] };
}

interface Understood {
  readonly modalities: readonly Modality[];
  /** What its file left open. */
  readonly found: readonly string[];
}

async function understood(
  bundle: OpenBundle,
  { volume, name }: ReadImage,
  { modality, signal }: ImageOptions,
): Promise<Understood> {
  const { inputChannels, modalities: known } = bundle.labels;
  refuseUnusable(name, volume, inputChannels.length);
  const found = volume.source?.warnings ?? [];
  refuseContradiction(name, modality, volume.source?.modality);
  const said = modality ?? volume.source?.modality ?? (known.length === 1 ? known[0] : undefined);
  if (said !== undefined)
    return { modalities: modalityOfEachChannel(said, inputChannels.length, "modality"), found };
  const { modalities, warning } = await likelyModality(openedOf(bundle), { volume, name }, signal);
  return { modalities, found: [...found, warning] };
}

/** What the files say of themselves cannot be overruled: intensities would be read as what they are not. */
function refuseContradiction(
  name: string,
  said: ImageOptions["modality"],
  own: ImageOptions["modality"],
): void {
  if (said === undefined || own === undefined) return;
  const [given, stated] = [said, own].map((one) => modalityText([one].flat()));
  if (given === stated || given === "other" || stated === "other") return;
  throw new UserError({
    subject: name,
    found: `files that say ${stated}`,
    expected: `${given}, as modality says`,
    advice: "Leave modality out, or give the right image.",
  });
}

function refuseUnusable(name: string, { shape, affine, channels, data }: Volume, wanted: number): void {
  const wrong = (found: string, expected: string): UserError =>
    new UserError({
      subject: name,
      found,
      expected,
      advice: "Give the image that the bundle is for, all its channels in one volume.",
    });
  if (channels !== wanted) throw wrong(`${channels} channels`, `${wanted}`);
  checkSize(name, shape, channels);
  const voxels = shape[0] * shape[1] * shape[2] * channels;
  if (data.length !== voxels) throw wrong(`${data.length} numbers`, `${voxels}, one for each voxel`);
  if (!isUsableAffine(affine))
    throw wrong("an affine that no grid has", "16 numbers, by rows, that can be inverted");
}
