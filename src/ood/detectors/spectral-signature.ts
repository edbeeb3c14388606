/**
 * The paper's detector (see ../signature.ts), widened to several layers.
 *
 * The measure of one layer is the smallest Euclidean distance to the training images' signatures (eq. 1 of the paper).
 * With several layers each distance is standardised by the mean and standard deviation of the training images' own
 * distances to their nearest neighbours, and the measure is the average; with one layer it is the distance itself.
 */
import { caseKey, UserError } from "../../base/index.js";
import type { CaseEvidence } from "../case-evidence.js";
import type { LayerStatistics } from "../layer-statistics.js";
import { euclidean, groupNumbers, type Neighbours, neighbours, standardisation } from "../nearest.js";
import { DEFAULT_EPSILON, type SignatureForm, signature } from "../signature.js";
import type { Detector } from "./detector.js";

export interface SpectralSignatureOptions {
  /** Default: every layer of the training images. */
  readonly layers?: readonly string[];
  /** Default `per-voxel`. */
  readonly form?: SignatureForm;
  readonly epsilon?: number;
}

/** One layer, with what standardises its distances (0 and 1 where there is only one layer). */
export interface SignatureLayer {
  readonly name: string;
  readonly channels: number;
  readonly mean: number;
  readonly deviation: number;
}

export interface TrainingSignatures {
  readonly dataset: string;
  readonly case: string;
  /** In the order of the model's layers. */
  readonly signatures: readonly Float64Array[];
}

/** A fitted detector, as plain data. */
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
  /** Distance to the nearest training signature of this layer. */
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

export interface SignatureFit {
  readonly model: SignatureModel;
  /**
   * For each training image, its measure by the model fitted without any image of its patient. Images of one patient are
   * no neighbours of each other in the training statistics either.
   */
  readonly leaveOneOut: readonly number[];
}

/** @throws UserError for fewer than three subjects, a case twice, or a layer that is missing */
export function fitSignatures(
  training: readonly CaseEvidence[],
  options: SpectralSignatureOptions = {},
): SignatureFit {
  const { form = "per-voxel", epsilon = DEFAULT_EPSILON } = options;
  const groups = groupNumbers(training.map(({ subject }) => subject));
  refuseUnfit(training, new Set(groups).size);
  const names = options.layers ?? Object.keys(training[0]!.layers);
  if (names.length === 0 || new Set(names).size !== names.length) {
    throw new UserError({
      subject: "guard layers",
      found: names.length === 0 ? "none" : names.join(", "),
      expected: "at least one layer, none twice",
      advice: "Name layers of the network, for example encoder1 and bottleneck.",
    });
  }
  const signatures = training.map((evidence) => signaturesOf(evidence, names, form, epsilon));
  const near = names.map((_, layer) => {
    const ofLayer = signatures.map((all) => all[layer]!);
    refuseUnequal(names[layer]!, training, ofLayer);
    return neighbours(ofLayer, groups);
  });
  const single = { mean: 0, deviation: 1 };
  const scale = (neighboursOfLayer: Neighbours, without?: number) =>
    names.length === 1 ? single : standardisation(neighboursOfLayer, groups, without);
  const layers = names.map((name, layer) => ({
    name,
    channels: signatures[0]![layer]!.length,
    ...scale(near[layer]!),
  }));
  const leaveOneOut = training.map((_, image) => {
    const standardised = near.map((neighboursOfLayer) => {
      const { mean, deviation } = scale(neighboursOfLayer, groups[image]);
      return (neighboursOfLayer.first[image]! - mean) / deviation;
    });
    return average(standardised);
  });
  const model: SignatureModel = {
    form,
    epsilon,
    layers,
    training: training.map((evidence, at) => ({
      dataset: evidence.dataset,
      case: evidence.id,
      signatures: signatures[at]!,
    })),
  };
  return { model, leaveOneOut };
}

/** Signatures of one image at the model's layers, in their order. */
export function modelSignatures(model: SignatureModel, evidence: CaseEvidence): Float64Array[] {
  const names = model.layers.map(({ name }) => name);
  return signaturesOf(evidence, names, model.form, model.epsilon);
}

/**
 * @param signatures one for each of the model's layers, in their order
 * @throws UserError where they are of other lengths: the features of another network
 */
export function scoreSignatures(
  model: SignatureModel,
  signatures: readonly ArrayLike<number>[],
): SignatureScore {
  const together = new Float64Array(model.training.length);
  const byLayer = model.layers.map((layer, n): [string, LayerMeasure] => {
    const given = signatures[n];
    if (given?.length !== layer.channels) {
      throw new UserError({
        subject: `layer ${layer.name}`,
        found: given === undefined ? "no signature" : `${given.length} channels`,
        expected: `${layer.channels} channels, as when the guard was fitted`,
        advice: "A guard serves the network that it was fitted on; fit it again after training.",
      });
    }
    let nearest = 0;
    let distance = Infinity;
    model.training.forEach((image, at) => {
      const apart = euclidean(image.signatures[n]!, given);
      together[at]! += (apart - layer.mean) / layer.deviation;
      if (apart < distance) {
        distance = apart;
        nearest = at;
      }
    });
    const standardised = (distance - layer.mean) / layer.deviation;
    return [layer.name, { distance, standardised, nearest: nameOf(model.training[nearest]!) }];
  });
  let closest = 0;
  together.forEach((sum, at) => {
    if (sum < together[closest]!) closest = at;
  });
  return {
    measure: average(byLayer.map(([, { standardised }]) => standardised)),
    nearest: nameOf(model.training[closest]!),
    byLayer: Object.fromEntries(byLayer),
  };
}

export const spectralSignature = (options: SpectralSignatureOptions = {}): Detector => ({
  fit(training) {
    const { model } = fitSignatures(training, options);
    return {
      score: (evidence) => scoreSignatures(model, modelSignatures(model, evidence)).measure,
    };
  },
  leaveOneOut: (training) => fitSignatures(training, options).leaveOneOut,
});

const nameOf = (image: TrainingCase): TrainingCase => ({ dataset: image.dataset, case: image.case });

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

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

/** Of fewer patients nobody can tell how far apart they usually are. */
export const FEWEST_SUBJECTS = 3;

function refuseUnfit(training: readonly CaseEvidence[], subjects: number): void {
  const keys = training.map(caseKey);
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) {
    throw new UserError({
      subject: "guard training images",
      found: `${twice} twice`,
      expected: "each image once",
      advice: "A copy would vouch for its twin: name each case once.",
    });
  }
  if (subjects < FEWEST_SUBJECTS) {
    throw new UserError({
      subject: "guard training images",
      found: `images of ${subjects} ${subjects === 1 ? "subject" : "subjects"}`,
      expected: `at least ${FEWEST_SUBJECTS}, to know how far apart they usually are`,
      advice: "Give more training images.",
    });
  }
}

function refuseUnequal(
  layer: string,
  training: readonly CaseEvidence[],
  signatures: readonly Float64Array[],
): void {
  const other = signatures.findIndex(({ length }) => length !== signatures[0]!.length);
  if (other === -1) return;
  throw new UserError({
    subject: `layer ${layer} of ${caseKey(training[other]!)}`,
    found: `${signatures[other]!.length} channels`,
    expected: `${signatures[0]!.length}, as in ${caseKey(training[0]!)}`,
    advice: "Run all training images through one network.",
  });
}
