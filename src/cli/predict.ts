/**
 * `sureseg predict BUNDLE IMAGE...`: a mask, a confidence map and a verdict for each image; on demand also maps of
 * entropy and mutual information over an ensemble and mirrored copies. Mask and verdict are the bundle's own.
 */
import { UserError, type WorkHooks } from "../base/index.js";
import { type Bundle, type ImagePrediction, type OpenedBundle, predictImage } from "../bundle/index.js";
import { type CaseFiles, casesOfFiles, loadImage, writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { type Flip, flipsAlong } from "../inference/index.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { writeVolume } from "../sources/index.js";
import { type Modality, modalityOfEachChannel, type Volume } from "../volume/index.js";
import { exitStatus } from "./exit-status.js";
import { type PredictionTargets, predictionTargets, refuseLosses } from "./prediction-targets.js";

export interface PredictOptions {
  /** Folder of the bundle. */
  readonly bundle: string;
  /** Files, or folders and zips of DICOM files; the channels of one image may be files of their own. */
  readonly images: readonly string[];
  readonly out: string;
  /** One for all channels, or one for each; default: what the image's own files say, else what the bundle takes. */
  readonly modality?: Modality | readonly Modality[];
  /** Which volume is meant where DICOM files hold several. */
  readonly series?: string;
  /** Folders of bundles of the same labels: with them, maps of what an ensemble disagrees on. */
  readonly ensemble?: readonly string[];
  /** Mirrored copies for such maps, 0 to 7. */
  readonly flips?: number;
  readonly threads?: number;
  readonly json: boolean;
  /** Replace results of an earlier prediction. */
  readonly overwrite?: boolean;
}

const ADVICE =
  "Give the channels that the network was trained on, in one file or in files that end in _0000, _0001 and so on.";

/**
 * An image that cannot be used is reported, and the others are predicted.
 *
 * @returns exit status: 0 all trusted, 3 some foreign, 1 some not predicted
 */
export async function predict(options: PredictOptions, engine: Engine, hooks: WorkHooks): Promise<number> {
  const bundle = await readBundleFolder(options.bundle);
  const channels = bundle.labels.inputChannels.length;
  const modalities = options.modality && modalityOfEachChannel(options.modality, channels, "--modality");
  const mirrored = mirroredCopies(bundle, options.flips ?? 0);
  const cases: CaseFiles[] = casesOfFiles(options.images, channels).map((files) => ({
    ...files,
    series: options.series,
    modalities,
  }));
  const targets = new Map(cases.map((item) => [item, predictionTargets(options.out, item.id)]));
  const drawsMaps = (options.flips ?? 0) > 0 || (options.ensemble ?? []).length > 0;
  const written = ({ entropy, mutualInformation, ...always }: PredictionTargets): string[] => [
    ...Object.values(always),
    ...(drawsMaps ? [entropy, mutualInformation] : []),
  ];
  await refuseLosses(cases, (item) => written(targets.get(item)!), { overwrite: options.overwrite === true });

  const opened: OpenedBundle[] = [];
  let [foreign, failed] = [0, 0];
  try {
    for (const one of [bundle, ...(await readEnsemble(bundle, options.ensemble ?? []))]) {
      opened.push({ bundle: one, session: await engine.open(one.model, { threads: options.threads }) });
    }
    hooks.stage("predicting", cases.length, "images");
    for (const [index, item] of cases.entries()) {
      hooks.signal?.throwIfAborted();
      const verdict = await reported(() =>
        predictCase(opened, { files: item, targets: targets.get(item)! }, { ...options, mirrored }, hooks),
      );
      if (verdict === undefined) failed++;
      else if (verdict.foreign) foreign++;
      hooks.progress(index + 1);
    }
  } finally {
    for (const { session } of opened) await session.release();
  }
  if (failed > 0 && cases.length > 1)
    process.stderr.write(`${failed} of ${cases.length} images could not be predicted.\n`);
  return failed > 0 ? exitStatus.error : foreign > 0 ? exitStatus.foreign : exitStatus.trusted;
}

/** What the work gives, or undefined after telling what the user can mend. */
async function reported<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return undefined;
  }
}

async function predictCase(
  [first, ...ensemble]: readonly OpenedBundle[],
  { files, targets }: { readonly files: CaseFiles; readonly targets: PredictionTargets },
  options: PredictOptions & { readonly mirrored: readonly Flip[] },
  hooks: WorkHooks,
): Promise<ImagePrediction["verdict"]> {
  const { bundle } = first!;
  const name = files.images[0] as string;
  const channels = bundle.labels.inputChannels.length;
  const volume = await loadImage(files, channels, ADVICE);
  const modality = files.modalities ?? volume.source.modality ?? onlyModality(bundle);
  const modalities = modalityOfEachChannel(modality, channels, "--modality");
  const { labels, confidence, verdict, doubt, ...said } = await predictImage(
    first!,
    { volume, modalities, name },
    { ensemble, flips: options.mirrored, signal: hooks.signal },
  );
  const warnings = [...volume.source.warnings, ...said.warnings];
  for (const warning of warnings) process.stderr.write(`warning: ${name}: ${warning}\n`);
  const { card, fingerprint } = bundle;
  const spoken = {
    ...verdict,
    warnings,
    bundle: { name: card.name, version: card.version, fingerprint },
  };
  // The mask comes last: whatever goes wrong, there is never a mask whose verdict is missing.
  await writeFileAtomically(targets.verdict, `${JSON.stringify(spoken, null, 2)}\n`);
  const volumes: [string, Volume][] = [
    ...(doubt === undefined
      ? []
      : ([
          [targets.entropy, doubt.entropy],
          [targets.mutualInformation, doubt.mutualInformation],
        ] as [string, Volume][])),
    [targets.confidence, confidence],
    [targets.mask, labels],
  ];
  for (const [target, result] of volumes) {
    await writeFileAtomically(target, await writeVolume(result, target, { like: volume.source }));
  }
  const line = options.json
    ? JSON.stringify({ image: name, mask: targets.mask, ...spoken })
    : `${name}: ${verdict.foreign ? "FOREIGN" : "trusted"}, p = ${verdict.pValue.toFixed(3)}, measure ${verdict.measure.toFixed(2)} (threshold ${verdict.threshold.toFixed(2)}), most like ${verdict.nearest.dataset}`;
  process.stdout.write(`${line}\n`);
  return verdict;
}

async function readEnsemble(first: Bundle, folders: readonly string[]): Promise<Bundle[]> {
  const meaning = ({ labels }: Bundle): string =>
    `${labels.labelMode}: ${labels.organs.join(", ")}; images of ${labels.inputChannels.length} channels`;
  const bundles: Bundle[] = [];
  for (const folder of folders) {
    const bundle = await readBundleFolder(folder);
    if (meaning(bundle) !== meaning(first)) {
      throw new UserError({
        subject: folder,
        found: meaning(bundle),
        expected: meaning(first),
        advice: "An ensemble is of networks with the same labels, trained with different seeds for example.",
      });
    }
    bundles.push(bundle);
  }
  return bundles;
}

/** The first flips along the axes that training mirrored. */
function mirroredCopies({ windows }: Bundle, count: number): Flip[] {
  const axes = windows.mirroredAxes ?? [];
  const flips = flipsAlong(axes);
  if (count <= flips.length) return flips.slice(0, count);
  const known = axes.length === 0 ? "no axis" : `the axes ${axes.join(", ")} alone`;
  throw new UserError({
    subject: "--flips",
    found: `${count} mirrored copies`,
    expected: `at most ${flips.length}: the network has seen images mirrored along ${known}`,
    advice:
      windows.mirroredAxes === undefined
        ? "The bundle is of a version that did not say along which: make it anew with `sureseg pack`."
        : "Ask for fewer, or compare networks with --ensemble.",
  });
}

function onlyModality(bundle: Bundle): Modality | readonly Modality[] {
  const { modalities } = bundle.labels;
  if (modalities.length === 1) return modalities[0]!;
  throw new UserError({
    subject: "--modality",
    found: "nothing",
    expected: `one of ${modalities.map((one) => [one].flat().join(",")).join(" or ")}: the bundle was trained on several`,
    advice: "Say what the images are; intensities are normalised by modality.",
  });
}
