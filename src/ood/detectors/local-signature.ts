/**
 * The spectral signature, judged by the spread of the nearest dataset (see ../dataset-scales.ts): what the guard looks at.
 *
 * The distance to a dataset is that to its nearest image, layer by layer, standardised by how far the dataset's own images lie
 * from each other, and averaged over layers. The measure is the smallest over datasets.
 */
import type { CaseEvidence } from "../case-evidence.js";
import { type DatasetScale, shrunkenScale, standardised } from "../dataset-scales.js";
import { euclidean, type Neighbours, neighbours, type Standardisation, standardisation } from "../nearest.js";
import { scoreSignatures } from "../signature-model.js";
import {
  type SignatureFit,
  type SpectralSignatureOptions,
  signatureReferences,
} from "../signature-references.js";
import type { Detector } from "./detector.js";

/** @throws UserError for fewer than three subjects, a case twice, or a layer that is missing */
export function fitLocalSignatures(
  training: readonly CaseEvidence[],
  options: SpectralSignatureOptions = {},
): SignatureFit {
  const { groups, layers, signatures, model } = signatureReferences(training, options);
  const datasets = [...new Set(training.map(({ dataset }) => dataset))];
  const spreads = layers.map((_, layer) => {
    const ofLayer = signatures.map((all) => all[layer]!);
    return new LayerSpread(
      ofLayer,
      groups,
      datasets.map((dataset) => placesOf(training, dataset)),
    );
  });
  return {
    model: model(
      spreads.map((spread) => ({
        ...spread.all(),
        datasets: datasets.map((dataset, at): DatasetScale => ({ dataset, ...spread.scale(at) })),
      })),
    ),
    leaveOneOut: training.map((_, image) => {
      const group = groups[image]!;
      const measures = datasets.map((_name, dataset) => {
        const ofLayers = spreads.map((spread) =>
          standardised(spread.distance(image, dataset), spread.scale(dataset, group)),
        );
        return ofLayers.reduce((sum, value) => sum + value, 0) / ofLayers.length;
      });
      return Math.min(...measures);
    }),
  };
}

export const localSignature = (options: SpectralSignatureOptions = {}): Detector => ({
  fit(training) {
    const { model } = fitLocalSignatures(training, options);
    return { score: (evidence) => scoreSignatures(model, evidence).measure };
  },
  leaveOneOut: (training) => fitLocalSignatures(training, options).leaveOneOut,
});

const placesOf = (training: readonly CaseEvidence[], dataset: string): number[] =>
  training.flatMap((evidence, at) => (evidence.dataset === dataset ? [at] : []));

interface DatasetSpread {
  readonly places: readonly number[];
  readonly groups: Int32Array;
  readonly near: Neighbours;
}

/** How far images lie from each other at one layer, with any patient's images left out. */
class LayerSpread {
  private readonly everyone: Neighbours;
  private readonly datasets: readonly DatasetSpread[];

  /** @param places of each dataset's images */
  constructor(
    private readonly signatures: readonly Float64Array[],
    private readonly groups: Int32Array,
    places: readonly (readonly number[])[],
  ) {
    this.everyone = neighbours(signatures, groups);
    this.datasets = places.map((own) => {
      const its = Int32Array.from(own, (at) => groups[at]!);
      const near = neighbours(
        own.map((at) => signatures[at]!),
        its,
      );
      return { places: own, groups: its, near };
    });
  }

  /** Of all images together. @param without the patient left out */
  all(without?: number): Standardisation {
    return standardisation(this.everyone, this.groups, without);
  }

  scale(dataset: number, without?: number): Standardisation {
    const { near, groups } = this.datasets[dataset]!;
    const subjects = new Set(groups.filter((group) => group !== without)).size;
    return shrunkenScale(() => standardisation(near, groups, without), subjects, this.all(without));
  }

  /** From an image to the nearest of a dataset that is of another patient; Infinity where there is none. */
  distance(image: number, dataset: number): number {
    let nearest = Infinity;
    for (const other of this.datasets[dataset]!.places) {
      if (this.groups[other] === this.groups[image]) continue;
      nearest = Math.min(nearest, euclidean(this.signatures[image]!, this.signatures[other]!));
    }
    return nearest;
  }
}
