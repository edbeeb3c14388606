/**
 * The one pipeline: an image through a bundle to a mask, how sure it is, and the verdict, all on the grid of the file.
 * What is evaluated, studied, shown and shipped comes from here.
 */
import { scaleProbabilities } from "../calibration/index.js";
import { type Flip, flipVoxels } from "../inference/index.js";
import { backgroundProbabilities, type LabelMap, labelBlocks } from "../labels/index.js";
import {
  checkGuard,
  judgeTogether,
  type MemberVerdict,
  modelSignatures,
  type Verdict,
} from "../ood/index.js";
import {
  fieldOfViewWarning,
  type Placement,
  type PreparedImage,
  prepareImage,
  restoredBlocks,
  type Slab,
} from "../preparation/index.js";
import type { Grid, Modality, Volume } from "../volume/index.js";
import { axisNames } from "./axis-names.js";
import type { Bundle, BundleNetwork, BundleParts } from "./bundle.js";
import { type DoubtMaps, doubtMaps, type Placed } from "./doubt-maps.js";
import { appliedTemperature, type SeenByNetwork } from "./image-temperature.js";
import {
  type GuardEvidence,
  guardEvidence,
  type Inspected,
  inspectPrepared,
  inspectSlabs,
} from "./inspect-prepared.js";
import { meanVolume } from "./mean-volume.js";
import { eachNetwork, type OpenedBundle } from "./networks.js";
import { type OrganVolume, OrganVolumes } from "./organ-volumes.js";
import { predictedChannels } from "./parts.js";

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
  /** Called after each window; windows of all networks of the bundle. Not of an `ensemble` or mirrored copies. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

type Watching = Pick<PredictImageOptions, "onProgress" | "signal">;

/** A mask, how sure it is, and how large what it found. */
export interface MeasuredLabels extends LabelMap {
  readonly volumes: readonly OrganVolume[];
}

export interface ImagePrediction extends MeasuredLabels {
  readonly verdict: Verdict;
  /** The image's signatures at the guard's layers, which the verdict is about; of an ensemble, at its first network's. */
  readonly signatures: readonly Float64Array[];
  /** Sentences about what makes the image doubtful without being foreign: a size unlike that of any training image. */
  readonly warnings: readonly string[];
  /** Present where there are several predictions: of an ensemble's networks, of further bundles, of mirrored copies. */
  readonly doubt?: DoubtMaps;
}

/** @throws UserError naming the image where it cannot be used */
export async function predictImage(
  opened: OpenedBundle,
  image: ImageToPredict,
  options: PredictImageOptions = {},
): Promise<ImagePrediction> {
  const { ensemble = [], flips = [], onProgress, signal } = options;
  const { bundle } = opened;
  const prepared = prepareForBundle(bundle, image);
  if (ensemble.length + flips.length === 0 && streams(bundle)) {
    const labelled = await labelWhilePredicting(opened, prepared, image.name, { onProgress, signal });
    return { ...labelled, warnings: warningsOn(bundle, image) };
  }
  const first = await predictWatched(opened, prepared, image.name, { onProgress, signal });
  const { placement } = prepared;
  const members: Placed[] = bundle.further === undefined ? [first] : eachScaled(bundle, first);
  for (const member of ensemble) {
    const own = prepareForBundle(member.bundle, image);
    members.push(await probabilitiesOf(member, own, { name: image.name }, signal));
  }
  for (const flip of flips)
    members.push(await probabilitiesOf(opened, prepared, { flip, name: image.name }, signal));
  return {
    ...(await labelsOnFile(bundle, first.probabilities, placement)),
    verdict: first.verdict,
    signatures: first.byNetwork[0].signatures,
    warnings: warningsOn(bundle, image),
    ...(members.length > 1 && { doubt: doubtMaps(bundle.labels, members) }),
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
  // Mirrored copies add nothing to the features.
  const alone = { labels: bundle.labels, windows: { ...bundle.windows, mirroring: [] } };
  const verdicts: MemberVerdict[] = [];
  let first: Inspected["layers"] | undefined;
  for await (const { network, session } of eachNetwork(opened)) {
    const looked = inspectSlabs(session, prepared.image, alone, { layers: guardedLayers(network), signal });
    for await (const _ of looked.slabs) {
      // The verdict needs the features alone.
    }
    const evidence = looked.evidence();
    first ??= evidence.layers;
    verdicts.push(judgedBy(network, evidence, prepared, image.name));
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
  readonly byNetwork: readonly [NetworkPrediction, ...NetworkPrediction[]];
}

/** What one network of a bundle says of an image that is already prepared. */
export interface NetworkPrediction extends SeenByNetwork, Judged {
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
export const predictPrepared = (
  opened: OpenedBundle,
  prepared: PreparedImage,
  name: string,
  signal?: AbortSignal,
): Promise<PreparedPrediction> => predictWatched(opened, prepared, name, { signal });

async function predictWatched(
  opened: OpenedBundle,
  { image, placement }: PreparedImage,
  name: string,
  { onProgress, signal }: Watching,
): Promise<PreparedPrediction> {
  const { bundle } = opened;
  const networks = 1 + (bundle.further ?? []).length;
  const found: NetworkPrediction[] = [];
  for await (const { network, session } of eachNetwork(opened)) {
    const before = found.length;
    const inspected = await inspectPrepared(session, image, bundle, {
      layers: guardedLayers(network),
      onProgress: (done, total) => onProgress?.(before * total + done, networks * total),
      signal,
    });
    const evidence = guardEvidence(image, inspected, bundle.labels);
    const judged = judgedBy(network, evidence, { image, placement }, name);
    found.push({ network, layers: inspected.layers, uncalibrated: inspected.probabilities, ...judged });
  }
  const byNetwork = found as [NetworkPrediction, ...NetworkPrediction[]];
  return {
    layers: byNetwork[0].layers,
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

interface Judged extends MemberVerdict, Pick<ImagePrediction, "signatures"> {}

/** @param prepared with the image's place in its file, for the words of the verdict */
function judgedBy(
  { guard }: BundleNetwork,
  looked: GuardEvidence,
  { image, placement }: PreparedImage,
  name: string,
): Judged {
  const evidence = { dataset: "", id: name, subject: "", ...looked };
  const verdict = checkGuard(guard, evidence, axisNames(image, placement.original));
  return { guard, verdict, signatures: modelSignatures(guard, evidence) };
}

/** What each network of an ensemble says by itself. */
const eachScaled = (bundle: Bundle, { placement, byNetwork }: PreparedPrediction): Placed[] =>
  byNetwork.map((one) => ({
    placement,
    probabilities: scaledMean(bundle, [one], () => appliedTemperature(one.network, one)),
  }));

/**
 * Whether masks can be made while the network still runs: of a single network, and not where the temperature depends on the
 * signature, which is known only when the network has seen the whole image.
 */
const streams = ({ further, calibration: { applied = "pooled" } }: Bundle): boolean =>
  further === undefined && applied === "pooled";

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
  watching: Watching,
): Promise<Omit<ImagePrediction, "warnings">> {
  const looked = inspectSlabs(session, image, bundle, { layers: guardedLayers(bundle), ...watching });
  const slabs = calibratedSlabs(bundle, image, looked.slabs);
  const labelled = await labelSlabs(bundle, { grid: image, slabs }, placement);
  const { verdict, signatures } = judgedBy(bundle, looked.evidence(), { image, placement }, name);
  return { ...labelled, verdict, signatures };
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
 * Mask, confidence and volumes on the file's grid: probabilities are interpolated, then the rule of `labelVoxels` decides. Outside
 * the part of the image that the network saw everything is background for certain.
 *
 * @param probabilities calibrated, on the prepared grid
 */
export function labelsOnFile(
  bundle: Pick<BundleParts, "labels">,
  probabilities: Volume<Float32Array>,
  placement: Placement,
): Promise<MeasuredLabels> {
  const whole = { firstSlice: 0, slices: probabilities.shape[2], data: probabilities.data };
  async function* slabs(): AsyncGenerator<Slab> {
    yield whole;
  }
  return labelSlabs(bundle, { grid: probabilities, slabs: slabs() }, placement);
}

async function labelSlabs(
  { labels }: Pick<BundleParts, "labels">,
  prepared: { readonly grid: Grid; readonly slabs: AsyncIterable<Slab> },
  placement: Placement,
): Promise<MeasuredLabels> {
  const predicted = predictedChannels(labels);
  const { channels, labelMode } = predicted;
  const outside = backgroundProbabilities(labelMode, channels);
  const volumes = new OrganVolumes(labels);
  const blocks = volumes.measured(restoredBlocks({ ...prepared, channels }, placement, outside));
  const labelled = await labelBlocks(blocks, placement.original, predicted);
  return { ...labelled, volumes: volumes.of(labelled.labels) };
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
