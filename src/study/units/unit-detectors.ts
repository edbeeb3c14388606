import { type Detector, detectors, signatureVariants } from "../../ood/index.js";
import type { StudyData } from "../data/study-data.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import { flipsOf } from "../protocol/study-configuration.js";

/** Detectors of how much several predictions of one image differ. */
export const usesSeveralPredictions = (detector: string): boolean =>
  /^(dropout|ensemble|augmentation)-/.test(detector);

/** The detectors that a unit gathers evidence for, by name. */
export function detectorsFor({ study, network }: StudyData, unit: DetectUnit): Record<string, Detector> {
  const { dropoutPasses } = study.uncertainty;
  const without = [
    ...(!unit.full || dropoutPasses === 0 || network.description.dropout === 0 ? ["dropout-"] : []),
    ...(!unit.full || unit.members.length < 2 ? ["ensemble-"] : []),
    ...(!unit.full || study.corruptions.volumesPerDataset === 0 ? ["quality-regression"] : []),
    ...(!unit.full || flipsOf(study).length === 0 ? ["augmentation-"] : []),
    ...(unit.inside.length < 2 ? ["dataset-classifier", "feature-classifier"] : []),
  ];
  const all = { ...detectors, ...signatureVariants(network.layers.map(({ name }) => name)) };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => !without.some((prefix) => name.startsWith(prefix))),
  );
}
