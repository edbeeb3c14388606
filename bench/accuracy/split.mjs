/** Which cases a sureseg run trains on and which it holds out, with their files: what other software is given. */
import { caseKey } from "../../dist/base/index.js";

/** @param run as `prepareRun` or `openRun` gives it */
export function splitOf(run) {
  const parts = new Map(Object.entries(run.split).flatMap(([part, keys]) => keys.map((key) => [key, part])));
  return {
    name: run.configuration.name,
    fingerprint: run.fingerprint,
    cases: run.cases.map((item) => ({
      dataset: item.dataset,
      id: item.id,
      part: parts.get(caseKey(item)),
      image: item.files.images[0],
      label: item.files.label,
      modality: item.files.modalities[0],
      // All organs of the dataset are one, as in label mode `shared`.
      values: Object.values(run.organs[item.dataset]).flat(),
    })),
  };
}
