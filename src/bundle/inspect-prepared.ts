/** One pass of a prepared image through a network: probabilities, and all that the guard looks at. */
import type { Session, Tensor } from "../graph/index.js";
import {
  InteriorEntropy,
  interiorEntropy,
  type PredictedSlab,
  type PredictOptions,
  predictSlabs,
  predictVolume,
} from "../inference/index.js";
import {
  type CaseEvidence,
  FeatureStatistics,
  type LayerStatistics,
  roughnessFeatures,
} from "../ood/index.js";
import type { Volume } from "../volume/index.js";
import type { BundleParts } from "./bundle.js";
import { predictedChannels } from "./parts.js";

/** What one pass over a prepared image gives. */
export interface Inspected {
  /** Blended over windows, on the prepared grid, before any temperature; one channel an output channel. */
  readonly probabilities: Volume<Float32Array>;
  /** Statistics of the features of every layer asked for. */
  readonly layers: Readonly<Record<string, LayerStatistics>>;
}

export interface InspectOptions {
  /** Layers whose statistics are wanted; default none. */
  readonly layers?: readonly string[];
  /** Further inputs of the model, the same for every window (dropout masks). */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  /** Called after each window. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** @throws UserError where plan, labels and model do not fit each other */
export async function inspectPrepared(
  session: Session,
  image: Volume<Float32Array>,
  { windows, labels }: Pick<BundleParts, "windows" | "labels">,
  options: InspectOptions = {},
): Promise<Inspected> {
  const statistics = new FeatureStatistics();
  const probabilities = await predictVolume(session, image, windows, wanted(labels, statistics, options));
  return { probabilities, layers: statistics.layers() };
}

/** What the guard looks at, of one image. */
export type GuardEvidence = Pick<CaseEvidence, "layers" | "roughness" | "interiorEntropy">;

/** @param inspected with the layers that the guard looks at */
export const guardEvidence = (
  image: Volume<Float32Array>,
  { probabilities, layers }: Inspected,
  labels: BundleParts["labels"],
): GuardEvidence => ({
  layers,
  roughness: roughnessFeatures(image),
  interiorEntropy: interiorEntropy(probabilities, predictedChannels(labels)),
});

/** As `Inspected`, with probabilities some slices at a time. */
export interface InspectedSlabs {
  readonly slabs: AsyncIterable<PredictedSlab>;
  /** As `guardEvidence`; only after the last slab has come. */
  evidence(): GuardEvidence;
}

/** As `inspectPrepared`, in the memory of one row of windows. What is wrong with plan or model is thrown with the first slab. */
export function inspectSlabs(
  session: Session,
  image: Volume<Float32Array>,
  { windows, labels }: Pick<BundleParts, "windows" | "labels">,
  options: InspectOptions = {},
): InspectedSlabs {
  const statistics = new FeatureStatistics();
  const doubt = new InteriorEntropy(predictedChannels(labels), image.shape[0]);
  const slabs = predictSlabs(session, image, windows, wanted(labels, statistics, options));
  return {
    slabs: seenBy(doubt, slabs),
    evidence: () => ({
      layers: statistics.layers(),
      roughness: roughnessFeatures(image),
      interiorEntropy: doubt.value(),
    }),
  };
}

async function* seenBy(
  doubt: InteriorEntropy,
  slabs: AsyncIterable<PredictedSlab>,
): AsyncGenerator<PredictedSlab> {
  for await (const slab of slabs) {
    doubt.add(slab);
    yield slab;
  }
}

const wanted = (
  { outputChannels, activation }: BundleParts["labels"],
  statistics: FeatureStatistics,
  { layers = [], feeds, onProgress, signal }: InspectOptions,
): PredictOptions => ({
  outputChannels,
  activation,
  layers,
  onFeatures: statistics.visit,
  onGram: statistics.visitGram,
  feeds,
  onProgress,
  signal,
});
