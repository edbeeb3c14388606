import { type Detector, detectors, type MemberSource, signatureVariants } from "../../ood/index.js";
import type { StudyData } from "../data/study-data.js";
import type { DetectUnit } from "../protocol/plan-study.js";
import { flipsOf } from "../protocol/study-configuration.js";

/** The detectors that a unit gathers evidence for, by name. */
export function detectorsFor(data: StudyData, unit: DetectUnit): Record<string, Detector> {
  const { study, network } = data;
  const members = membersOf(data, unit);
  const isAsked = ({ opponent, members: needed, learnsFromGraded }: Detector): boolean =>
    (needed === undefined || members.has(needed)) &&
    (learnsFromGraded !== true || (unit.full && study.corruptions.volumesPerDataset > 0)) &&
    (opponent !== "dataset" || unit.inside.length >= 2);
  const all = { ...detectors, ...signatureVariants(network.layers.map(({ name }) => name)) };
  return Object.fromEntries(Object.entries(all).filter(([, detector]) => isAsked(detector)));
}

/** Where the unit takes several predictions of an image from. */
function membersOf({ study, network }: StudyData, unit: DetectUnit): ReadonlySet<MemberSource> {
  if (!unit.full) return new Set();
  const sources: [MemberSource, boolean][] = [
    ["dropout", study.uncertainty.dropoutPasses > 0 && network.description.dropout > 0],
    ["ensemble", unit.members.length >= 2],
    ["augmentation", flipsOf(study).length > 0],
  ];
  return new Set(sources.flatMap(([source, taken]) => (taken ? [source] : [])));
}
