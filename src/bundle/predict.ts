/** One image through a bundle: mask, confidence and verdict, on the grid of the file. */
import type { Session } from "../graph/index.js";
import { predictVolume, segment, toProbabilities } from "../inference/index.js";
import { featureOutput } from "../network/index.js";
import {
  checkGuard,
  GramAccumulator,
  type ImageSignatures,
  type SignatureForm,
  signatureOf,
  singularValues,
  type Verdict,
} from "../ood/index.js";
import { type Modality, prepareImage, restoreToOriginal, type Volume } from "../volume/index.js";
import type { Bundle, ModelPart } from "./bundle.js";

/** Logits on the prepared grid and the spectrum of every layer asked for. */
export interface Inspected {
  readonly logits: Volume<Float32Array>;
  readonly spectra: Readonly<Record<string, { singular: Float64Array; rows: number }>>;
}

/** Runs a prepared image through a network, gathering the layers' Gram matrices in the same pass. */
export async function inspectPrepared(
  session: Session,
  image: Volume<Float32Array>,
  model: Pick<ModelPart, "window" | "overlap" | "stride" | "organs">,
  layers: readonly string[],
  signal?: AbortSignal,
): Promise<Inspected> {
  const grams = new Map<string, GramAccumulator>();
  const logits = await predictVolume(
    session,
    image,
    { window: model.window, overlap: model.overlap, multipleOf: model.stride },
    {
      outputChannels: model.organs.length,
      layers: Object.fromEntries(layers.map((layer) => [layer, featureOutput(layer)])),
      onFeatures: ({ layer, features, interior }) => {
        const known = grams.get(layer) ?? new GramAccumulator(features.dims[1] as number);
        grams.set(layer, known);
        known.add(features, interior);
      },
      signal,
    },
  );
  const spectra = [...grams].map(([layer, { gram, channels, rows }]) => [
    layer,
    { singular: singularValues(gram, channels), rows },
  ]);
  return { logits, spectra: Object.fromEntries(spectra) };
}

/** Signatures of every layer from its spectrum. */
export function signaturesOf(spectra: Inspected["spectra"], form: SignatureForm): ImageSignatures {
  return Object.fromEntries(
    Object.entries(spectra).map(([layer, { singular, rows }]) => [layer, signatureOf(singular, rows, form)]),
  );
}

export interface Prediction {
  /** 0 background, 1 + index in the bundle's organs; on the file's grid. */
  readonly labels: Volume<Uint8Array>;
  /** Probability of the chosen class, 0.5 to 1. */
  readonly confidence: Volume<Float32Array>;
  /** One channel an organ; calibrated. */
  readonly probabilities: Volume<Float32Array>;
  readonly verdict: Verdict;
}

/** @throws UserError naming `name` where the image cannot be used */
export async function predictImage(
  bundle: Bundle,
  session: Session,
  volume: Volume,
  modality: Modality,
  name: string,
  signal?: AbortSignal,
): Promise<Prediction> {
  const { image, original } = prepareImage(volume, bundle.preparation, modality, name);
  const { logits, spectra } = await inspectPrepared(
    session,
    image,
    bundle.model,
    bundle.guard.layers,
    signal,
  );
  const verdict = checkGuard(bundle.guard, signaturesOf(spectra, bundle.guard.form));
  const probabilities = restoreToOriginal(toProbabilities(logits, bundle.model.temperature), original);
  return { ...segment(probabilities), probabilities, verdict };
}
