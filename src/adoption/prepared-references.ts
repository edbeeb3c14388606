/** Images with labels, prepared as a bundle prepares images. */
import type { WorkHooks } from "../base/index.js";
import { type CaseFiles, type Dataset, type PreparedCase, prepareCases } from "../dataset/index.js";
import type { OrganSelection } from "../labels/index.js";
import type { NetworkFile } from "./network-file.js";

/** What a bundle, or the file of a network, says of images and their labels. */
export interface ReferenceSettings extends Pick<NetworkFile, "name" | "modalities" | "preparation"> {
  readonly organs: OrganSelection;
}

/** @throws UserError naming every case that cannot be used and why */
export function preparedReferences(
  file: ReferenceSettings,
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
