/** `sureseg guard fit`: a network of other software becomes a guarded bundle, without training and without labels. */
import { join, resolve } from "node:path";
import { adoptNetwork, openNetwork, readNetworkFile } from "../../adoption/index.js";
import type { WorkHooks } from "../../base/index.js";
import { casesInFolders, writeFileAtomically } from "../../dataset/index.js";
import type { Engine } from "../../graph/index.js";
import { exitStatus } from "../exit-status.js";
import { refuseFilled } from "../refuse-filled.js";
import { accuracyTable } from "../result-table.js";
import { warn } from "../warn.js";
import { readModelFile } from "./model-file.js";

export interface GuardFitOptions {
  readonly model: string;
  /** Folder of images that the network is meant for. */
  readonly images: string;
  /** The network file. */
  readonly preparation: string;
  readonly out: string;
  /** Folder of label files called as the images. */
  readonly labels?: string;
  readonly layers?: readonly string[];
  readonly alpha: number;
  /** See `AdoptionOptions`. */
  readonly confidence?: number;
  readonly form: "paper" | "per-voxel";
  readonly overwrite: boolean;
}

export async function guardFit(options: GuardFitOptions, engine: Engine, hooks: WorkHooks): Promise<number> {
  const folder = resolve(options.out);
  if (!options.overwrite) await refuseFilled(folder);
  const file = await readNetworkFile(options.preparation);
  const cases = await casesInFolders(options.images, file.modalities.length, options.labels);
  const model = await readModelFile(options.model);
  const network = await openNetwork(engine, model, file, { layers: options.layers });
  const { alpha, confidence, form } = options;
  const adopted = await adoptNetwork(network, file, { cases, alpha, confidence, form }, { engine, hooks });
  for (const [name, content] of Object.entries(adopted.files)) {
    await writeFileAtomically(join(folder, name), content);
  }
  adopted.warnings.forEach(warn);
  // What the guard says of the images that it was fitted on says nothing, so it is not told.
  const { evaluation } = adopted;
  process.stdout.write(`${evaluation === undefined ? "" : accuracyTable(evaluation)}${folder}\n`);
  return exitStatus.trusted;
}
