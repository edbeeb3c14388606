/** Which case a patch comes from: a dataset by the policy, then one of its cases, all alike. */
import type { Random } from "../../base/index.js";
import { policies } from "./policies/index.js";
import type { SamplingSettings } from "./settings.js";
import type { TrainingCase } from "./training-case.js";

export class CaseSampler {
  /** For each dataset, the indices of its cases. */
  private readonly members: readonly (readonly number[])[];
  /** Datasets in the order in which they first appear. */
  readonly datasets: readonly string[];
  /** The probability that a patch comes from each dataset. */
  readonly probabilities: readonly number[];

  /** @param cases at least one; factors for datasets that none of them is of change nothing */
  constructor(cases: readonly Pick<TrainingCase, "dataset">[], settings: SamplingSettings) {
    const byDataset = new Map<string, number[]>();
    cases.forEach(({ dataset }, index) => {
      const own = byDataset.get(dataset);
      if (own === undefined) byDataset.set(dataset, [index]);
      else own.push(index);
    });
    this.datasets = [...byDataset.keys()];
    this.members = [...byDataset.values()];
    const weights = policies[settings.policy](
      this.members.map((own) => own.length),
      settings.temperature,
    ).map((weight, at) => weight * (settings.weights?.[this.datasets[at]!] ?? 1));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    this.probabilities = weights.map((weight) => weight / total);
  }

  /** The index of a case. */
  draw(random: Random): number {
    let rest = random.uniform();
    let dataset = 0;
    while (dataset < this.members.length - 1 && rest >= this.probabilities[dataset]!) {
      rest -= this.probabilities[dataset]!;
      dataset++;
    }
    const own = this.members[dataset]!;
    return own[random.below(own.length)]!;
  }
}
