/**
 * `sureseg predict BUNDLE IMAGE...`: a mask, a confidence map and a verdict for each image; on demand also maps of
 * entropy and mutual information over an ensemble and mirrored copies. Mask and verdict are the bundle's own.
 */

import { join, resolve } from "node:path";
import { UserError, type WorkHooks } from "../base/index.js";
import { type Bundle, predictFlipped, predictImage } from "../bundle/index.js";
import { casesOfFiles, loadImage, writeFileAtomically } from "../dataset/index.js";
import type { Engine, Session } from "../graph/index.js";
import { uncertaintyMaps } from "../inference/index.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { writeVolume } from "../sources/index.js";
import type { Modality, Volume } from "../volume/index.js";
import { exitStatus } from "./run-command.js";

export interface PredictOptions {
  readonly out: string;
  readonly modality?: Modality;
  /** Folders of bundles of the same labels: with them, maps of what an ensemble disagrees on. */
  readonly ensemble?: readonly string[];
  /** Mirrored copies for such maps, 0 to 7. */
  readonly flips?: number;
  readonly threads?: number;
  readonly json: boolean;
}

const ADVICE =
  "Give the channels that the network was trained on, in one file or in files that end in _0000, _0001 and so on.";

/**
 * @param images files; the channels of one image may be files of their own
 * @returns exit status: 0 all trusted, 3 some foreign
 */
export async function predict(
  folder: string,
  images: readonly string[],
  options: PredictOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<number> {
  const bundle = await readBundleFolder(folder);
  const modality = options.modality ?? onlyModality(bundle);
  const channels = bundle.labels.inputChannels.length;
  const cases = casesOfFiles(images, channels);
  const session = await engine.open(bundle.model, { threads: options.threads });
  const ensemble = await openEnsemble(bundle, options, engine);
  const flips = options.flips ?? 0;
  hooks.stage("predicting", cases.length, "images");
  let foreign = 0;
  for (const [index, files] of cases.entries()) {
    const path = files.images[0] as string;
    const volume = await loadImage(files, channels, ADVICE);
    const { labels, confidence, probabilities, verdict } = await predictImage(
      bundle,
      session,
      volume,
      modality,
      path,
      hooks.signal,
    );
    const members = [probabilities];
    for (const other of ensemble) {
      const result = await predictImage(other.bundle, other.session, volume, modality, path, hooks.signal);
      members.push(result.probabilities);
    }
    if (flips > 0) {
      members.push(...(await predictFlipped(bundle, session, volume, modality, path, flips, hooks.signal)));
    }
    const target = (what: string): string => join(resolve(options.out), `${files.id}${what}`);
    // The mask comes last: whatever goes wrong, there is never a mask whose verdict is missing.
    await writeFileAtomically(target("_verdict.json"), `${JSON.stringify(verdict, null, 2)}\n`);
    const volumes: [string, Volume][] = [
      ...(members.length > 1 ? uncertaintyVolumes(members) : []),
      ["_confidence.nii.gz", confidence],
      ["_mask.nii.gz", labels],
    ];
    for (const [what, result] of volumes) {
      await writeFileAtomically(target(what), await writeVolume(result, target(what)));
    }
    if (verdict.foreign) foreign++;
    hooks.progress(index + 1);
    const line = options.json
      ? JSON.stringify({ image: path, mask: target("_mask.nii.gz"), ...verdict })
      : `${path}: ${verdict.foreign ? "FOREIGN" : "trusted"}, p = ${verdict.pValue.toFixed(3)}, measure ${verdict.measure.toFixed(2)} (threshold ${verdict.threshold.toFixed(2)}), most like ${verdict.nearest.dataset}`;
    process.stdout.write(`${line}\n`);
  }
  for (const opened of [{ session }, ...ensemble]) await opened.session.release();
  return foreign > 0 ? exitStatus.foreign : exitStatus.trusted;
}

interface Member {
  readonly bundle: Bundle;
  readonly session: Session;
}

async function openEnsemble(
  first: Bundle,
  { ensemble = [], threads }: PredictOptions,
  engine: Engine,
): Promise<Member[]> {
  const members: Member[] = [];
  for (const folder of ensemble) {
    const bundle = await readBundleFolder(folder);
    const meaning = ({ labels }: Bundle): string =>
      `${labels.labelMode}: ${labels.organs.join(", ")}; images of ${labels.inputChannels.length} channels`;
    if (meaning(bundle) !== meaning(first)) {
      throw new UserError({
        subject: folder,
        found: meaning(bundle),
        expected: meaning(first),
        advice: "An ensemble is of networks with the same labels, trained with different seeds for example.",
      });
    }
    members.push({ bundle, session: await engine.open(bundle.model, { threads }) });
  }
  return members;
}

/** Maps on the file's grid, nats. */
function uncertaintyVolumes(members: readonly Volume<Float32Array>[]): [string, Volume][] {
  const [{ shape, affine, channels }] = members as [Volume];
  const maps = uncertaintyMaps(
    members.map(({ data }) => data),
    channels,
  );
  const map = (data: Float32Array): Volume => ({ shape, affine, channels: 1, data });
  return [
    ["_entropy.nii.gz", map(maps.entropy)],
    ["_mutual-information.nii.gz", map(maps.mutualInformation)],
  ];
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
