/** `sureseg evaluate BUNDLE --images FOLDER --labels FOLDER`: a bundle on images with references, whoever trained it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preparedReferences } from "../adoption/index.js";
import type { WorkHooks } from "../base/index.js";
import { openNetworks } from "../bundle/index.js";
import { casesInFolders } from "../dataset/index.js";
import { type Evaluation, evaluateBundle, type ForeignFolder } from "../evaluation/index.js";
import type { Engine } from "../graph/index.js";
import { labelOfChannel } from "../labels/index.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { type Modality, modalityOfEachChannel } from "../volume/index.js";

export interface BundleImages {
  readonly images: string;
  /** Label files called as the images; values as the bundle's masks have them. */
  readonly labels: string;
  /** What the images are; default: what the bundle takes. */
  readonly modality?: Modality | readonly Modality[];
  readonly foreign: readonly ForeignFolder[];
}

/** @param folder of the bundle */
export async function evaluateBundleFolder(
  folder: string,
  { images, labels, modality, foreign }: BundleImages,
  engine: Engine,
  hooks: WorkHooks,
): Promise<Evaluation> {
  const bundle = await readBundleFolder(folder);
  const { labelMode, organs: names, inputChannels, modalities } = bundle.labels;
  const channels = inputChannels.length;
  const cases = await casesInFolders(images, channels, labels);
  const first = labelMode === "exclusive" ? 1 : 0;
  const organs =
    labelMode === "shared"
      ? { [names.join("+")]: [1] }
      : Object.fromEntries(names.map((organ, at) => [organ, [labelOfChannel(labelMode, first + at)]]));
  const references = {
    name: bundle.card.name,
    modalities: [...modalityOfEachChannel(modality ?? modalities[0]!, channels, "--modality")],
    organs,
    preparation: bundle.preparation,
  };
  const opened = await openNetworks(engine, bundle);
  const cacheFolder = await mkdtemp(join(tmpdir(), "sureseg-evaluation-"));
  try {
    const items = await preparedReferences(references, cases, { cacheFolder, hooks });
    const map = { [references.name]: organs };
    return await evaluateBundle(opened, items, { organs: map, foreign }, hooks);
  } finally {
    await opened.session.release();
    await rm(cacheFolder, { recursive: true, force: true });
  }
}
