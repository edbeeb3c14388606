/**
 * The one pipeline: an image through a bundle to a mask, how sure it is, and the verdict, all on the grid of the file.
 * What is evaluated, studied, shown and shipped comes from here.
 */
import { scaleProbabilities } from "../calibration/index.js";
import type { Session } from "../graph/index.js";
import { type Flip, flipVoxels } from "../inference/index.js";
import { backgroundProbabilities, type LabelMap, labelBlocks, labelSlabs } from "../labels/index.js";
import { checkGuard, type Verdict } from "../ood/index.js";
import {
  fieldOfViewWarning,
  type Placement,
  type PreparedImage,
  prepareImage,
  restoredBlocks,
  restoredSlabs,
  type Slab,
} from "../preparation/index.js";
import type { Modality, Volume } from "../volume/index.js";
import type { Bundle, BundleParts } from "./bundle.js";
import { type DoubtMaps, doubtMaps, type Placed } from "./doubt-maps.js";
import { type Inspected, inspectPrepared, inspectSlabs } from "./inspect-prepared.js";

/** A bundle whose model is open in an engine. */
export interface OpenedBundle {
  readonly bundle: Bundle;
  readonly session: Session;
}

/** An image as read from its file. */
export interface ImageToPredict {
  readonly volume: Volume;
  /** One for each channel. */
  readonly modalities: readonly Modality[];
  /** What messages call it. */
  readonly name: string;
}

export interface PredictImageOptions {
  /** Further networks with the same labels, for maps of what they disagree on. */
  readonly ensemble?: readonly OpenedBundle[];
  /** Mirrored copies of the image, for the same maps. */
  readonly flips?: readonly Flip[];
  /** Told after each window, where there is neither ensemble nor mirrored copy. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImagePrediction extends LabelMap {
  readonly verdict: Verdict;
  /** Sentences about what makes the image doubtful without being foreign: a size unlike that of any training image. */
  readonly warnings: readonly string[];
  /** Present where there is an ensemble or a mirrored copy. */
  readonly doubt?: DoubtMaps;
}

/** @throws UserError naming the image where it cannot be used */
export async function predictImage(
  opened: OpenedBundle,
  image: ImageToPredict,
  options: PredictImageOptions = {},
): Promise<ImagePrediction> {
  const { ensemble = [], flips = [], signal } = options;
  const prepared = prepareForBundle(opened.bundle, image);
  if (ensemble.length + flips.length === 0) {
    const labelled = await labelWhilePredicting(opened, prepared, image.name, options);
    return { ...labelled, warnings: warningsOn(opened.bundle, image) };
  }
  const first = await predictPrepared(opened, prepared, image.name, signal);
  const members: Placed[] = [first];
  for (const member of ensemble) {
    const own = prepareForBundle(member.bundle, image);
    members.push(await probabilitiesOf(member, own, undefined, signal));
  }
  for (const flip of flips) members.push(await probabilitiesOf(opened, prepared, flip, signal));
  return {
    ...labelsOnFile(opened.bundle, first.probabilities, prepared.placement),
    verdict: first.verdict,
    warnings: warningsOn(opened.bundle, image),
    ...(members.length > 1 && { doubt: doubtMaps(opened.bundle.labels, members) }),
  };
}

/** What is said of an image without segmenting it. */
export interface ImageCheck extends Pick<ImagePrediction, "verdict" | "warnings"> {
  /** Statistics of the features of the guard's layers. */
  readonly layers: Inspected["layers"];
}

/** The same verdict as `predictImage` gives. @throws UserError naming the image where it cannot be used */
export async function checkImage(
  opened: OpenedBundle,
  image: ImageToPredict,
  signal?: AbortSignal,
): Promise<ImageCheck> {
  const prepared = prepareForBundle(opened.bundle, image);
  const looked = inspectSlabs(opened.session, prepared.image, opened.bundle, {
    layers: guardedLayers(opened.bundle),
    signal,
  });
  for await (const _ of looked.slabs) {
    // The verdict needs the features alone.
  }
  const layers = looked.layers();
  const verdict = verdictOn(opened.bundle, layers, image.name);
  return { verdict, layers, warnings: warningsOn(opened.bundle, image) };
}

function warningsOn({ labels }: Bundle, { volume }: ImageToPredict): string[] {
  const warning = fieldOfViewWarning(labels.fieldOfView ?? [], volume);
  return warning === undefined ? [] : [warning];
}

/** An image as the bundle's network sees it. @throws UserError naming the image where it cannot be used */
export const prepareForBundle = (
  { preparation }: Pick<BundleParts, "preparation">,
  { volume, modalities, name }: ImageToPredict,
): PreparedImage => prepareImage(volume, preparation, modalities, name);

/** What the pipeline says of an image that is already prepared. */
export interface PreparedPrediction extends Inspected {
  readonly placement: Placement;
  /** Before the temperature; `probabilities` are calibrated. */
  readonly uncalibrated: Volume<Float32Array>;
  readonly verdict: Verdict;
}

/** @param name what messages call the image */
export async function predictPrepared(
  { bundle, session }: OpenedBundle,
  { image, placement }: PreparedImage,
  name: string,
  signal?: AbortSignal,
): Promise<PreparedPrediction> {
  const layers = guardedLayers(bundle);
  const inspected = await inspectPrepared(session, image, bundle, { layers, signal });
  return {
    layers: inspected.layers,
    placement,
    uncalibrated: inspected.probabilities,
    probabilities: calibrated(bundle, inspected.probabilities),
    verdict: verdictOn(bundle, inspected.layers, name),
  };
}

const guardedLayers = ({ guard }: Bundle): string[] => guard.layers.map((layer) => layer.name);

const verdictOn = ({ guard }: Bundle, layers: Inspected["layers"], name: string): Verdict =>
  checkGuard(guard, { dataset: "", id: name, subject: "", layers });

/**
 * Mask and confidence as `labelsOnFile` gives them, made while the network still runs: memory does not grow with classes
 * times voxels.
 *
 * @param name what messages call the image
 */
async function labelWhilePredicting(
  { bundle, session }: OpenedBundle,
  { image, placement }: PreparedImage,
  name: string,
  { onProgress, signal }: PredictImageOptions,
): Promise<LabelMap & { readonly verdict: Verdict }> {
  const { labelMode, outputChannels: channels } = bundle.labels;
  const looked = inspectSlabs(session, image, bundle, { layers: guardedLayers(bundle), onProgress, signal });
  const outside = backgroundProbabilities(labelMode, channels);
  const slabs = calibratedSlabs(bundle, image, looked.slabs);
  const blocks = restoredBlocks({ grid: image, channels, slabs }, placement, outside);
  const labelled = await labelBlocks(blocks, placement.original, channels, labelMode);
  return { ...labelled, verdict: verdictOn(bundle, looked.layers(), name) };
}

async function* calibratedSlabs(
  bundle: Bundle,
  { shape: [ni, nj], affine }: Volume,
  slabs: AsyncIterable<Slab>,
): AsyncGenerator<Slab> {
  const channels = bundle.labels.outputChannels;
  for await (const { firstSlice, slices, data } of slabs) {
    const values = { shape: [ni, nj, slices] as const, affine, channels, data };
    yield { firstSlice, slices, data: calibrated(bundle, values).data };
  }
}

/** Probabilities at the bundle's temperature. */
export const calibrated = (
  { labels, calibration }: Pick<BundleParts, "labels" | "calibration">,
  probabilities: Volume<Float32Array>,
): Volume<Float32Array> => scaleProbabilities(probabilities, labels.activation, calibration.temperature);

/**
 * Mask and confidence on the file's grid: probabilities are interpolated, then the rule of `labelVoxels` decides. Outside
 * the part of the image that the network saw everything is background for certain.
 *
 * @param probabilities calibrated, on the prepared grid
 */
export function labelsOnFile(
  { labels }: Pick<BundleParts, "labels">,
  probabilities: Volume<Float32Array>,
  placement: Placement,
): LabelMap {
  const { channels } = probabilities;
  const outside = backgroundProbabilities(labels.labelMode, channels);
  const slabs = restoredSlabs(probabilities, placement, outside);
  return labelSlabs(slabs, placement.original, channels, labels.labelMode);
}

/** Calibrated probabilities of a further prediction, of the image or of a mirrored copy, turned back. */
async function probabilitiesOf(
  { bundle, session }: OpenedBundle,
  { image, placement }: PreparedImage,
  flip: Flip | undefined,
  signal: AbortSignal | undefined,
): Promise<Placed> {
  const shown = flip === undefined ? image : flipVoxels(image, flip);
  const { probabilities } = await inspectPrepared(session, shown, bundle, { signal });
  const turned = flip === undefined ? probabilities : flipVoxels(probabilities, flip);
  return { placement, probabilities: calibrated(bundle, turned) };
}
