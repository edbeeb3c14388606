/** Images that are foreign to a network, through the pipeline: what its guard says of them. */
import type { WorkHooks } from "../base/index.js";
import { labelsOnFile, type OpenedBundle, predictPrepared, prepareForBundle } from "../bundle/index.js";
import { loadImage, openDataset } from "../dataset/index.js";
import { organMask } from "../metrics/index.js";
import { type Modality, modalityOfEachChannel } from "../volume/index.js";
import type { ForeignResult, SignatureRow, Witness } from "./evaluation.js";
import { signaturesOf } from "./signature-rows.js";

export interface ForeignFolder {
  readonly folder: string;
  readonly modality?: Modality;
}

export interface EvaluatedForeign {
  readonly results: ForeignResult[];
  readonly signatures: SignatureRow[];
}

export async function evaluateForeign(
  opened: OpenedBundle,
  folders: readonly ForeignFolder[],
  hooks: WorkHooks,
  witness?: Witness,
): Promise<EvaluatedForeign> {
  const { bundle } = opened;
  const evaluated: EvaluatedForeign = { results: [], signatures: [] };
  for (const { folder, modality } of folders) {
    const dataset = await openDataset(folder, { modality });
    const channels = bundle.labels.inputChannels.length;
    const modalities = modalityOfEachChannel(dataset.modalities, channels, `modality of ${folder}`);
    hooks.stage(`checking ${dataset.name}`, dataset.cases.length, "images");
    for (const [index, files] of dataset.cases.entries()) {
      hooks.signal?.throwIfAborted();
      const name = files.images[0] as string;
      const volume = await loadImage(files, channels);
      const prepared = prepareForBundle(bundle, { volume, modalities, name });
      const { layers, verdict, probabilities, placement } = await predictPrepared(
        opened,
        prepared,
        name,
        hooks.signal,
      );
      evaluated.results.push({ source: dataset.name, case: files.id, verdict });
      const evidence = { dataset: dataset.name, id: files.id, subject: files.subject, layers };
      evaluated.signatures.push(...signaturesOf(bundle.guard, evidence, "foreign"));
      if (witness) {
        const { labels } = await labelsOnFile(bundle, probabilities, placement);
        const prediction = { ...labels, data: organMask(labels.data, 1) };
        witness({ dataset: dataset.name, case: files.id, image: volume, prediction });
      }
      hooks.progress(index + 1);
    }
  }
  return evaluated;
}
