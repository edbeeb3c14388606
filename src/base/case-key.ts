/** Which case of which dataset: unique in a run. */
export interface CaseName {
  readonly dataset: string;
  readonly id: string;
}

/** `dataset/id`: the one key by which splits, batches, guards and results name a case. */
export const caseKey = ({ dataset, id }: CaseName): string => `${dataset}/${id}`;
