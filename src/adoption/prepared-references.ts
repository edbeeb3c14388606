/** Images with labels, prepared for a network of other software. */
import type { WorkHooks } from "../base/index.js";
import { type CaseFiles, type Dataset, type PreparedCase, prepareCases } from "../dataset/index.js";
import type { NetworkFile } from "./network-file.js";

/** @throws UserError naming every case that cannot be used and why */
export function preparedReferences(
  file: NetworkFile,
  cases: readonly CaseFiles[],
  { cacheFolder, hooks }: { readonly cacheFolder: string; readonly hooks: WorkHooks },
): Promise<PreparedCase[]> {
  const dataset: Dataset = {
    name: file.name,
    folder: "",
    layout: "folders",
    modalities: file.modalities,
    channelNames: file.modalities,
    labels: {},
    regions: {},
    cases,
    strayLabels: [],
  };
  hooks.stage("preparing", cases.length, "images");
  const { organs, preparation } = file;
  return prepareCases(dataset, {
    organs,
    preparation,
    cacheFolder,
    onProgress: hooks.progress,
    signal: hooks.signal,
  });
}
