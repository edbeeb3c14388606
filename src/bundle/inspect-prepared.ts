/** One pass of a prepared image through a network: probabilities, and the statistics that the guard looks at. */
import type { Session, Tensor } from "../graph/index.js";
import { type PredictedSlab, type PredictOptions, predictSlabs, predictVolume } from "../inference/index.js";
import { FeatureStatistics, type LayerStatistics } from "../ood/index.js";
import type { Volume } from "../volume/index.js";
import type { BundleParts } from "./bundle.js";

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
  /** Told after each window. */
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

/** As `Inspected`, with probabilities some slices at a time. */
export interface InspectedSlabs {
  readonly slabs: AsyncIterable<PredictedSlab>;
  /** Whole when the last slab has come. */
  layers(): Inspected["layers"];
}

/** As `inspectPrepared`, in the memory of one row of windows. What is wrong with plan or model is thrown with the first slab. */
export function inspectSlabs(
  session: Session,
  image: Volume<Float32Array>,
  { windows, labels }: Pick<BundleParts, "windows" | "labels">,
  options: InspectOptions = {},
): InspectedSlabs {
  const statistics = new FeatureStatistics();
  return {
    slabs: predictSlabs(session, image, windows, wanted(labels, statistics, options)),
    layers: () => statistics.layers(),
  };
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
