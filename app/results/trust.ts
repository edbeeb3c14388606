/** A verdict in the terms that its words are made of. */
import type { Card } from "../../src/bundle/index.js";
import type { Verdict } from "../../src/ood/index.js";

export interface TrustWords {
  readonly foreign: boolean;
  /** What the scan is most like; organ and modality where the card says what the dataset is of. */
  readonly known: { readonly dataset: string; readonly organ?: string; readonly modality?: string };
  /** Of a hundred images like the training images, how many are as far from those as this one or further; rounded. */
  readonly lessTypicalOfHundred: number;
}

export function trustWords({ foreign, nearest, pValue }: Verdict, card: Pick<Card, "data">): TrustWords {
  const row = card.data.find(({ dataset }) => dataset === nearest.dataset);
  return {
    foreign,
    known: { dataset: nearest.dataset, organ: row?.organ, modality: row?.modality },
    lessTypicalOfHundred: Math.round(pValue * 100),
  };
}
