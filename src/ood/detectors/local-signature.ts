/**
 * The spectral signature, judged by each dataset's own spread.
 *
 * Images of one dataset may be alike (hippocampus) and those of another differ widely (tumours). A distance that is usual
 * among the latter is strange beside the former, and one scale for all lets foreign images pass. Here the distance to a
 * training image is standardised by how far the images of its own dataset lie apart, layer by layer; the measure is the
 * smallest average over layers.
 */
import type { CaseEvidence } from "../case-evidence.js";
import { euclidean, groupNumbers, neighbours, type Standardisation, standardisation } from "../nearest.js";
import { DEFAULT_EPSILON } from "../signature.js";
import type { Detector } from "./detector.js";
import { fitSignatures, type SpectralSignatureOptions, signaturesOf } from "./spectral-signature.js";

/** Images of the whole training set count as this many of a dataset: few images say little of their spread. */
const PRIOR = 4;

export const localSignature = (options: SpectralSignatureOptions = {}): Detector => ({
  fit(training) {
    const { form = "per-voxel", epsilon = DEFAULT_EPSILON } = options;
    const { model } = fitSignatures(training, options);
    const scales = model.layers.map((_, layer) => {
      const ofLayer = model.training.map(({ signatures }) => signatures[layer]!);
      return scalesByDataset(training, ofLayer);
    });
    const names = model.layers.map(({ name }) => name);
    return {
      score(evidence) {
        const given = signaturesOf(evidence, names, form, epsilon);
        const measures = model.training.map(({ dataset, signatures }) => {
          const standardised = signatures.map((signature, layer) => {
            const { mean, deviation } = scales[layer]!.get(dataset)!;
            return (euclidean(signature, given[layer]!) - mean) / deviation;
          });
          return standardised.reduce((sum, value) => sum + value, 0) / standardised.length;
        });
        return Math.min(...measures);
      },
    };
  },
});

/** Of distances between nearest images of one dataset, drawn towards those of all images. */
function scalesByDataset(
  training: readonly CaseEvidence[],
  signatures: readonly Float64Array[],
): Map<string, Standardisation> {
  const groupsOf = (chosen: readonly number[]): Int32Array =>
    groupNumbers(chosen.map((at) => training[at]!.subject));
  const spread = (chosen: readonly number[]): Standardisation => {
    const groups = groupsOf(chosen);
    return standardisation(
      neighbours(
        chosen.map((at) => signatures[at]!),
        groups,
      ),
      groups,
    );
  };
  const everyone = training.map((_, at) => at);
  const all = spread(everyone);
  const datasets = [...new Set(training.map(({ dataset }) => dataset))];
  return new Map(
    datasets.map((dataset) => {
      const own = everyone.filter((at) => training[at]!.dataset === dataset);
      const subjects = new Set(groupsOf(own)).size;
      if (subjects < 3) return [dataset, all];
      const { mean, deviation } = spread(own);
      const weight = subjects / (subjects + PRIOR);
      const mixed = (ownValue: number, value: number): number => weight * ownValue + (1 - weight) * value;
      return [dataset, { mean: mixed(mean, all.mean), deviation: mixed(deviation, all.deviation) }];
    }),
  );
}
