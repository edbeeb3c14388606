/** Evidence of made-up images, for tests of detectors and guards. */
import type { Random } from "../src/base/index.js";
import type { CaseEvidence, LayerStatistics } from "../src/ood/index.js";

/** Statistics of uncorrelated channels with these singular values (per voxel) over 1000 voxels. */
export function statisticsOf(singularValues: readonly number[]): LayerStatistics {
  const channels = singularValues.length;
  const gram = new Float64Array(channels * channels);
  singularValues.forEach((value, channel) => {
    gram[channel * (channels + 1)] = 1000 * value * value;
  });
  return { channels, rows: 1000, gram, columnSums: new Float64Array(channels) };
}

/**
 * An image whose singular values vary as `spread` says around those of its kind; `shift` moves its kind. Layers `early`
 * (4 channels) and `late` (6).
 */
export function anyEvidence(
  random: Random,
  name: string,
  { subject = name, dataset = "liver", spread = 0.2, shift = 0 } = {},
): CaseEvidence {
  const layer = (channels: number): LayerStatistics =>
    statisticsOf(
      Array.from({ length: channels }, (_, c) =>
        Math.exp(3 - c + shift * Math.cos(3 * c) + spread * random.normal()),
      ),
    );
  return { dataset, id: name, subject, layers: { early: layer(4), late: layer(6) } };
}

export const anyCases = (
  random: Random,
  count: number,
  options: Parameters<typeof anyEvidence>[2] = {},
): CaseEvidence[] =>
  Array.from({ length: count }, (_, n) => anyEvidence(random, `${options.dataset ?? "case"}-${n}`, options));

/** Where the mean features of a dataset's images lie, so that datasets differ; anywhere between them for another name. */
const centres: Readonly<Record<string, number>> = { liver: 2, spleen: -2 };

/**
 * As `anyEvidence`, with everything that any detector looks at: a layer `bottleneck` (6 channels) whose mean features differ
 * from dataset to dataset, and all optional fields. `shift` moves them all away from what is usual.
 */
export function anyFullEvidence(
  random: Random,
  name: string,
  options: NonNullable<Parameters<typeof anyEvidence>[2]> = {},
): CaseEvidence {
  const { dataset = "liver", shift = 0 } = options;
  const evidence = anyEvidence(random, name, options);
  const vector = (length: number, scale: number, centre = 0): Float64Array =>
    Float64Array.from(
      { length },
      (_, at) => centre + scale * (random.normal() + 12 * shift * Math.cos(2 * at + 1)),
    );
  const pooled = vector(6, 0.3);
  // Shifted images lie between the datasets, where a classifier cannot tell.
  pooled[0] = (centres[dataset] ?? 0) * (shift === 0 ? 1 : 0) + 0.3 * random.normal();
  const uncertain = (): number => 0.1 + 0.4 * Math.tanh(shift) + 0.02 * random.uniform();
  const members = () => ({
    entropy: uncertain(),
    mutualInformation: uncertain(),
    disagreement: uncertain(),
  });
  const confidence = { entropy: uncertain(), maximumProbability: 1 - uncertain() };
  return {
    ...evidence,
    layers: {
      ...evidence.layers,
      bottleneck: { ...statisticsOf([6, 5, 4, 3, 2, 1]), columnSums: pooled.map((value) => 1000 * value) },
    },
    confidence,
    mask: {
      volume: 1000 * Math.exp(0.1 * random.normal() + 3 * shift),
      components: 1 + Math.round(20 * shift),
      nonBoundaryEntropy: uncertain(),
      patchEntropy: uncertain(),
    },
    datasetConfidence: confidence.maximumProbability,
    dropout: members(),
    ensemble: members(),
    augmentation: members(),
    intensities: vector(20, 0.01, 0.05),
    roughness: vector(12, 0.1),
  };
}
