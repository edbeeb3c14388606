/** `sureseg predict BUNDLE IMAGE...`: a mask, a confidence map and a verdict for each image. */
import { basename, join, resolve } from "node:path";
import { type Bundle, predictImage } from "../bundle/index.js";
import { readVolumeFile, writeFileAtomically } from "../dataset/index.js";
import { writeVolume } from "../formats/index.js";
import type { Engine } from "../graph/index.js";
import type { RunHooks } from "../study/prepare-run.js";
import { UserError } from "../user-error.js";
import type { Modality } from "../volume/index.js";
import { readBundleFolder } from "./bundle-folder.js";
import { exitStatus } from "./run-command.js";

export interface PredictOptions {
  readonly out: string;
  readonly modality?: Modality;
  readonly threads?: number;
  readonly json: boolean;
}

/** @returns exit status: 0 all trusted, 3 some foreign */
export async function predict(
  folder: string,
  images: readonly string[],
  options: PredictOptions,
  engine: Engine,
  hooks: RunHooks,
): Promise<number> {
  const bundle = await readBundleFolder(folder);
  const modality = options.modality ?? onlyModality(bundle);
  const names = images.map((path) => basename(path).replace(/\.nii(\.gz)?$/i, ""));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new UserError({
      subject: "images",
      found: `two files named ${twice}`,
      expected: "different names",
      advice: "Predict them into different folders.",
    });
  }
  const session = await engine.open(bundle.model, { threads: options.threads });
  hooks.stage("predicting", images.length, "images");
  let foreign = 0;
  for (const [index, path] of images.entries()) {
    const volume = await readVolumeFile(path);
    if (volume.channels !== bundle.labels.inputChannels.length) {
      throw new UserError({
        subject: path,
        found: `${volume.channels} channels`,
        expected: `${bundle.labels.inputChannels.length}`,
        advice: "Give one 3-D image a file, with the channels that the network was trained on.",
      });
    }
    const { labels, confidence, verdict } = await predictImage(
      bundle,
      session,
      volume,
      modality,
      path,
      hooks.signal,
    );
    const target = (what: string): string => join(resolve(options.out), `${names[index]}${what}`);
    // The mask comes last: whatever goes wrong, there is never a mask whose verdict is missing.
    await writeFileAtomically(target("_verdict.json"), `${JSON.stringify(verdict, null, 2)}\n`);
    for (const [what, result] of [
      ["_confidence.nii.gz", confidence],
      ["_mask.nii.gz", labels],
    ] as const) {
      await writeFileAtomically(target(what), await writeVolume(result, target(what)));
    }
    if (verdict.foreign) foreign++;
    hooks.progress(index + 1);
    const line = options.json
      ? JSON.stringify({ image: path, mask: target("_mask.nii.gz"), ...verdict })
      : `${path}: ${verdict.foreign ? "FOREIGN" : "trusted"}, p = ${verdict.pValue.toFixed(3)}, measure ${verdict.measure.toFixed(2)} (threshold ${verdict.threshold.toFixed(2)}), most like ${verdict.nearest.dataset}`;
    process.stdout.write(`${line}\n`);
  }
  await session.release();
  return foreign > 0 ? exitStatus.foreign : exitStatus.trusted;
}

function onlyModality(bundle: Bundle): Modality {
  const { modalities } = bundle.labels;
  if (modalities.length === 1) return modalities[0] as Modality;
  throw new UserError({
    subject: "--modality",
    found: "nothing",
    expected: `one of ${modalities.join(", ")}: the bundle was trained on several`,
    advice: "Say what the images are; intensities are normalised by modality.",
  });
}
