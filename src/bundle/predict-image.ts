/**
 * The one pipeline: an image through a bundle to a mask, how sure it is, and the verdict, all on the grid of the file.
 * What is evaluated, studied, shown and shipped comes from here.
 */
import { scaleProbabilities } from "../calibration/index.js";
import { type Flip, flipVoxels } from "../inference/index.js";
import { backgroundProbabilities, type LabelMap, labelBlocks, labelSlabs } from "../labels/index.js";
import { checkGuard, judgeTogether, type MemberVerdict, type Verdict } from "../ood/index.js";
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
import type { Bundle, BundleNetwork, BundleParts } from "./bundle.js";
import { type DoubtMaps, doubtMaps, type Placed } from "./doubt-maps.js";
import { appliedTemperature, type SeenByNetwork } from "./image-temperature.js";
import { type Inspected, inspectPrepared, inspectSlabs } from "./inspect-prepared.js";
import { meanVolume } from "./mean-volume.js";
import { eachNetwork, type OpenedBundle } from "./networks.js";

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
    const labelled = await labelPrepared(opened, prepared, image.name, options);
    return { ...labelled, warnings: warningsOn(opened.bundle, image) };
  }
  const first = await predictPrepared(opened, prepared, image.name, signal);
  const members: Placed[] = [first];
  for (const member of ensemble) {
    const own = prepareForBundle(member.bundle, image);
    members.push(await probabilitiesOf(member, own, { name: image.name }, signal));
  }
  for (const flip of flips)
    members.push(await probabilitiesOf(opened, prepared, { flip, name: image.name }, signal));
  return {
    ...labelsOnFile(opened.bundle, first.probabilities, prepared.placement),
    verdict: first.verdict,
    warnings: warningsOn(opened.bundle, image),
    ...(members.length > 1 && { doubt: doubtMaps(opened.bundle.labels, members) }),
  };
}

/** What is said of an image without segmenting it. */
export interface ImageCheck extends Pick<ImagePrediction, "verdict" | "warnings"> {
  /** Statistics of the features of the guard's layers; of an ensemble's first network. */
  readonly layers: Inspected["layers"];
}

/** The same verdict as `predictImage` gives. @throws UserError naming the image where it cannot be used */
export async function checkImage(
  opened: OpenedBundle,
  image: ImageToPredict,
  signal?: AbortSignal,
): Promise<ImageCheck> {
  const { bundle } = opened;
  const prepared = prepareForBundle(bundle, image);
  const verdicts: MemberVerdict[] = [];
  let first: Inspected["layers"] | undefined;
  for await (const { network, session } of eachNetwork(opened)) {
    const looked = inspectSlabs(session, prepared.image, bundle, { layers: guardedLayers(network), signal });
    for await (const _ of looked.slabs) {
      // The verdict needs the features alone.
    }
    const layers = looked.layers();
    first ??= layers;
    verdicts.push(verdictOf(network, layers, image.name));
  }
  return { verdict: judgeTogether(verdicts), layers: first!, warnings: warningsOn(bundle, image) };
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

/** What the pipeline says of an image that is already prepared. Of an ensemble, `layers` are its first network's. */
export interface PreparedPrediction extends Inspected {
  readonly placement: Placement;
  /** Before the temperature; `probabilities` are calibrated. */
  readonly uncalibrated: Volume<Float32Array>;
  readonly verdict: Verdict;
  /** One; of an ensemble one for each network. */
  readonly byNetwork: readonly NetworkPrediction[];
}

/** What one network of a bundle says of an image that is already prepared. */
export interface NetworkPrediction extends SeenByNetwork, MemberVerdict {
  readonly network: BundleNetwork;
  readonly uncalibrated: Volume<Float32Array>;
}

/**
 * An ensemble's probabilities are the mean of those of its networks, each at its own temperature: a network's temperature
 * suits its own probabilities, and the mean of forecasts that are calibrated is never surer than they are together (R. Ranjan
 * and T. Gneiting, "Combining probability forecasts", 2010: it errs towards doubt).
 *
 * @param name what messages call the image
 */
export function predictPrepared(
  opened: OpenedBundle,
  prepared: PreparedImage,
  name: string,
  signal?: AbortSignal,
): Promise<PreparedPrediction> {
  return predictWithHooks(opened, prepared, name, { signal });
}

/** What prediction tells and is told on its way. */
type WindowHooks = Pick<PredictImageOptions, "onProgress" | "signal">;

async function predictWithHooks(
  opened: OpenedBundle,
  { image, placement }: PreparedImage,
  name: string,
  { onProgress, signal }: WindowHooks,
): Promise<PreparedPrediction> {
  const { bundle } = opened;
  const byNetwork: NetworkPrediction[] = [];
  for await (const { network, session } of eachNetwork(opened)) {
    const layers = guardedLayers(network);
    const [before, networks] = [byNetwork.length, 1 + (bundle.further?.length ?? 0)];
    const inspected = await inspectPrepared(session, image, bundle, {
      layers,
      onProgress: (done, total) => onProgress?.(before * total + done, networks * total),
      signal,
    });
    const judged = verdictOf(network, inspected.layers, name);
    byNetwork.push({ network, layers: inspected.layers, uncalibrated: inspected.probabilities, ...judged });
  }
  return {
    layers: byNetwork[0]!.layers,
    placement,
    uncalibrated: meanVolume(byNetwork.map(({ uncalibrated }) => uncalibrated)),
    probabilities: scaledMean(bundle, byNetwork, (one) => appliedTemperature(one.network, one)),
    verdict: judgeTogether(byNetwork),
    byNetwork,
  };
}

/**
 * The mean of an ensemble's probabilities, each network's scaled by a temperature of its own; of a single network, its scaled
 * probabilities.
 */
export const scaledMean = (
  bundle: Pick<Bundle, "labels">,
  byNetwork: readonly NetworkPrediction[],
  temperature: (one: NetworkPrediction) => number,
): Volume<Float32Array> =>
  meanVolume(byNetwork.map((one) => scaled(bundle, one.uncalibrated, temperature(one))));

const guardedLayers = ({ guard }: BundleNetwork): string[] => guard.layers.map((layer) => layer.name);

const verdictOf = ({ guard }: BundleNetwork, layers: Inspected["layers"], name: string): MemberVerdict => ({
  guard,
  verdict: checkGuard(guard, { dataset: "", id: name, subject: "", layers }),
});

/** Mask, confidence and verdict. @param name what messages call the image */
async function labelPrepared(
  opened: OpenedBundle,
  prepared: PreparedImage,
  name: string,
  hooks: WindowHooks,
): Promise<LabelMap & { readonly verdict: Verdict }> {
  const { bundle } = opened;
  // A temperature that depends on the signature is known only when the network has seen the whole image.
  const pooled = (bundle.calibration.applied ?? "pooled") === "pooled";
  if (bundle.further === undefined && pooled) return labelWhilePredicting(opened, prepared, name, hooks);
  const { probabilities, placement, verdict } = await predictWithHooks(opened, prepared, name, hooks);
  return { ...labelsOnFile(bundle, probabilities, placement), verdict };
}

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
  { onProgress, signal }: WindowHooks,
): Promise<LabelMap & { readonly verdict: Verdict }> {
  const { labelMode, outputChannels: channels } = bundle.labels;
  const looked = inspectSlabs(session, image, bundle, { layers: guardedLayers(bundle), onProgress, signal });
  const outside = backgroundProbabilities(labelMode, channels);
  const slabs = calibratedSlabs(bundle, image, looked.slabs);
  const blocks = restoredBlocks({ grid: image, channels, slabs }, placement, outside);
  const labelled = await labelBlocks(blocks, placement.original, channels, labelMode);
  return { ...labelled, verdict: verdictOf(bundle, looked.layers(), name).verdict };
}

async function* calibratedSlabs(
  bundle: Bundle,
  { shape: [ni, nj], affine }: Volume,
  slabs: AsyncIterable<Slab>,
): AsyncGenerator<Slab> {
  const channels = bundle.labels.outputChannels;
  for await (const { firstSlice, slices, data } of slabs) {
    const values = { shape: [ni, nj, slices] as const, affine, channels, data };
    yield { firstSlice, slices, data: scaled(bundle, values, bundle.calibration.temperature).data };
  }
}

const scaled = (
  { labels }: Pick<Bundle, "labels">,
  probabilities: Volume<Float32Array>,
  temperature: number,
): Volume<Float32Array> => scaleProbabilities(probabilities, labels.activation, temperature);

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
  opened: OpenedBundle,
  { image, placement }: PreparedImage,
  { flip, name }: { readonly flip?: Flip; readonly name: string },
  signal: AbortSignal | undefined,
): Promise<Placed> {
  const shown = flip === undefined ? image : flipVoxels(image, flip);
  const { probabilities } = await predictPrepared(opened, { image: shown, placement }, name, signal);
  return { placement, probabilities: flip === undefined ? probabilities : flipVoxels(probabilities, flip) };
}
