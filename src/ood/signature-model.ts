/**
 * A fitted signature detector as plain data: what is kept of the training images, and how a new image is measured by it.
 *
 * The measure of one layer is the smallest Euclidean distance to the training images' signatures (eq. 1 of the paper, see
 * signature.ts). With several layers each distance is standardised by the training images' own distances to their nearest
 * neighbours, and the measure is the average over layers. Where the layers say the spread of each dataset, distances are to the
 * nearest image of each dataset, judged by that dataset's spread, and the measure is that of the nearest dataset.
 */
import { caseKey, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { type DatasetScale, standardised } from "./dataset-scales.js";
import type { LayerStatistics } from "./layer-statistics.js";
import { euclidean } from "./nearest.js";
import { type SignatureForm, signature } from "./signature.js";

/** One layer, with what standardises its distances (0 and 1 where there is one scale for all and only one layer). */
export interface SignatureLayer {
  readonly name: string;
  readonly channels: number;
  readonly mean: number;
  readonly deviation: number;
  /** Of every dataset of the training images; absent where all are judged by `mean` and `deviation`. */
  readonly datasets?: readonly DatasetScale[];
}

export interface TrainingSignatures {
  readonly dataset: string;
  readonly case: string;
  /** In the order of the model's layers. */
  readonly signatures: readonly Float64Array[];
}

export interface SignatureModel {
  readonly form: SignatureForm;
  readonly epsilon: number;
  readonly layers: readonly SignatureLayer[];
  readonly training: readonly TrainingSignatures[];
}

/** A training image by its dataset and case. */
export interface TrainingCase {
  readonly dataset: string;
  readonly case: string;
}

/** How far an image is from the training images, as one layer sees it. */
export interface LayerMeasure {
  /** Distance to the nearest training signature of this layer (of the nearest dataset, where each has its scale). */
  readonly distance: number;
  /** The same in units of the distances between training images. */
  readonly standardised: number;
  readonly nearest: TrainingCase;
}

/** How far an image is from the training images. */
export interface SignatureScore {
  /** Mean over layers of the standardised distance to the nearest training image; larger is stranger. */
  readonly measure: number;
  /** The training image that is nearest over all layers together (smallest average of standardised distances). */
  readonly nearest: TrainingCase;
  readonly byLayer: Readonly<Record<string, LayerMeasure>>;
}

/** Signatures of one image at the model's layers, in their order. */
export function modelSignatures(model: SignatureModel, evidence: CaseEvidence): Float64Array[] {
  const names = model.layers.map(({ name }) => name);
  return signaturesOf(evidence, names, model.form, model.epsilon);
}

/** @throws UserError where a layer is missing or of another number of channels: the features of another network */
export function scoreSignatures(model: SignatureModel, evidence: CaseEvidence): SignatureScore {
  const signatures = modelSignatures(model, evidence);
  refuseUnsuited(model, signatures);
  const distances = model.layers.map((_, layer) =>
    model.training.map((image) => euclidean(image.signatures[layer]!, signatures[layer]!)),
  );
  const everyone = model.training.map((_, at) => at);
  const datasets = model.layers[0]?.datasets;
  if (datasets === undefined) return nearestOf(model, distances, { images: everyone });
  const scores = datasets.map(({ dataset }, at) => {
    const images = everyone.filter((image) => model.training[image]!.dataset === dataset);
    return nearestOf(model, distances, { images, dataset: at });
  });
  return scores.reduce((best, next) => (next.measure < best.measure ? next : best));
}

/** Images that may be the nearest, and whose scale their distances are judged by. */
interface Candidates {
  readonly images: readonly number[];
  /** Place among the layers' datasets; absent: one scale for all. */
  readonly dataset?: number;
}

/** @param distances of each layer, to every training image */
function nearestOf(
  { layers, training }: SignatureModel,
  distances: readonly (readonly number[])[],
  { images, dataset }: Candidates,
): SignatureScore {
  const nameOf = (image: number): TrainingCase => ({
    dataset: training[image]!.dataset,
    case: training[image]!.case,
  });
  const together = new Float64Array(images.length);
  const byLayer = layers.map((layer, n): [string, LayerMeasure] => {
    const scale = dataset === undefined ? layer : layer.datasets![dataset]!;
    let nearest = images[0]!;
    images.forEach((image, at) => {
      const distance = distances[n]![image]!;
      together[at]! += standardised(distance, scale);
      if (distance < distances[n]![nearest]!) nearest = image;
    });
    const distance = distances[n]![nearest]!;
    return [layer.name, { distance, standardised: standardised(distance, scale), nearest: nameOf(nearest) }];
  });
  const closest = together.indexOf(together.reduce((least, sum) => Math.min(least, sum), Infinity));
  return {
    measure: average(byLayer.map(([, measure]) => measure.standardised)),
    nearest: nameOf(images[closest]!),
    byLayer: Object.fromEntries(byLayer),
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function refuseUnsuited({ layers }: SignatureModel, signatures: readonly Float64Array[]): void {
  layers.forEach((layer, n) => {
    if (signatures[n]!.length === layer.channels) return;
    throw new UserError({
      subject: `layer ${layer.name}`,
      found: `${signatures[n]!.length} channels`,
      expected: `${layer.channels} channels, as when the guard was fitted`,
      advice: "A guard serves the network that it was fitted on; fit it again after training.",
    });
  });
}

/** Signatures of one image at the named layers. @throws UserError where one is missing */
export function signaturesOf(
  evidence: CaseEvidence,
  layers: readonly string[],
  form: SignatureForm,
  epsilon: number,
): Float64Array[] {
  return layers.map((layer) => {
    const statistics = Object.hasOwn(evidence.layers, layer) ? evidence.layers[layer] : undefined;
    if (statistics === undefined) {
      throw new UserError({
        subject: caseKey(evidence),
        found: `features of ${Object.keys(evidence.layers).join(", ") || "no layer"}`,
        expected: `the layer ${layer}`,
        advice: "Name layers of the network, and run the images with these layers.",
      });
    }
    return rememberedSignature(statistics, form, epsilon);
  });
}

/**
 * Signatures already computed. Decomposition is nearly all the cost of a fit, and leave-one-out scores fit once an image:
 * without memory a study would decompose each matrix hundreds of times.
 */
const remembered = new WeakMap<LayerStatistics, Map<string, Float64Array>>();

function rememberedSignature(
  statistics: LayerStatistics,
  form: SignatureForm,
  epsilon: number,
): Float64Array {
  const known = remembered.get(statistics) ?? new Map<string, Float64Array>();
  remembered.set(statistics, known);
  const key = `${form} ${epsilon}`;
  const found = known.get(key) ?? signature(statistics, form, epsilon);
  known.set(key, found);
  return found;
}
