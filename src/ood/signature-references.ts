/** The images that new ones are compared with: their signatures, checked, and whose they are. */
import { caseKey, UserError } from "../base/index.js";
import type { CaseEvidence } from "./case-evidence.js";
import { groupNumbers } from "./nearest.js";
import { DEFAULT_EPSILON, type SignatureForm } from "./signature.js";
import { type SignatureLayer, type SignatureModel, signaturesOf } from "./signature-model.js";

export interface SpectralSignatureOptions {
  /** Default: every layer of the training images. */
  readonly layers?: readonly string[];
  /** Default `per-voxel`. */
  readonly form?: SignatureForm;
  readonly epsilon?: number;
}

export interface SignatureFit {
  readonly model: SignatureModel;
  /**
   * For each training image, its measure by the model fitted without any image of its patient. Images of one patient are
   * no neighbours of each other in the training statistics either.
   */
  readonly leaveOneOut: readonly number[];
}

export interface SignatureReferences {
  /** Of each image, the number of its patient. */
  readonly groups: Int32Array;
  readonly layers: readonly string[];
  /** Of each image at each layer. */
  readonly signatures: readonly (readonly Float64Array[])[];
  /** @param scales of each layer, in the order of `layers` */
  model(scales: readonly Omit<SignatureLayer, "name" | "channels">[]): SignatureModel;
}

/** @throws UserError for fewer than three subjects, a case twice, or a layer that is missing */
export function signatureReferences(
  training: readonly CaseEvidence[],
  { layers, form = "per-voxel", epsilon = DEFAULT_EPSILON }: SpectralSignatureOptions,
): SignatureReferences {
  const groups = groupNumbers(training.map(({ subject }) => subject));
  refuseUnfit(training, new Set(groups).size);
  const names = layers ?? Object.keys(training[0]!.layers);
  if (names.length === 0 || new Set(names).size !== names.length) {
    throw new UserError({
      subject: "guard layers",
      found: names.length === 0 ? "none" : names.join(", "),
      expected: "at least one layer, none twice",
      advice: "Name layers of the network, for example encoder1 and bottleneck.",
    });
  }
  const signatures = training.map((evidence) => signaturesOf(evidence, names, form, epsilon));
  names.forEach((name, layer) => {
    refuseUnequal(
      name,
      training,
      signatures.map((all) => all[layer]!),
    );
  });
  return {
    groups,
    layers: names,
    signatures,
    model: (scales) => ({
      form,
      epsilon,
      layers: names.map((name, layer) => ({
        name,
        channels: signatures[0]![layer]!.length,
        ...scales[layer]!,
      })),
      training: training.map((evidence, at) => ({
        dataset: evidence.dataset,
        case: evidence.id,
        signatures: signatures[at]!,
      })),
    }),
  };
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
