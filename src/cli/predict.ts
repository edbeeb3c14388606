/**
 * `sureseg predict BUNDLE IMAGE...`: a mask, a confidence map and a verdict for each image; of an ensemble, and on
 * demand with other bundles and mirrored copies, also maps of entropy and mutual information. Mask and verdict are the
 * bundle's own.
 */
import { UserError, type WorkHooks } from "../base/index.js";
import {
  type Bundle,
  likelyModality,
  type OpenedBundle,
  openNetworks,
  predictImage,
} from "../bundle/index.js";
import type { CaseFiles } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { type Flip, flipsAlong } from "../inference/index.js";
import type { Verdict } from "../ood/index.js";
import { casesOfGiven, type GivenImages, readGivenImage } from "../prediction/given-images.js";
import { type PredictionTargets, predictionTargets, refuseLosses } from "../prediction/prediction-targets.js";
import type { ResultFormatName } from "../prediction/result-format-names.js";
import { type ResultFormat, resultFormats, usualFormat } from "../prediction/result-formats.js";
import { verdictLine } from "../prediction/spoken-verdict.js";
import { writePrediction } from "../prediction/write-prediction.js";
import { readBundleFolder } from "../run/bundle-folder.js";
import { eachCase } from "./each-case.js";
import { tellWarnings } from "./warn.js";

export interface PredictOptions extends GivenImages {
  /** Folder of the bundle. */
  readonly bundle: string;
  readonly out: string;
  /** Folders of bundles of the same labels: with them, maps of what an ensemble disagrees on. */
  readonly ensemble?: readonly string[];
  /** Mirrored copies for such maps, 0 to 7. */
  readonly flips?: number;
  /** Of the results; default: that of the image, NIfTI for DICOM. */
  readonly format?: ResultFormatName;
  readonly json: boolean;
  /** Replace results of an earlier prediction. */
  readonly overwrite?: boolean;
}

/**
 * An image that cannot be used is reported, and the others are predicted.
 *
 * @returns exit status: 0 all trusted, 3 some foreign, 1 some not predicted
 */
export async function predict(options: PredictOptions, engine: Engine, hooks: WorkHooks): Promise<number> {
  const bundle = await readBundleFolder(options.bundle);
  const mirrored = mirroredCopies(bundle, options.flips ?? 0);
  const cases = casesOfGiven(options, bundle);
  const formatOf = (item: CaseFiles): ResultFormat => resultFormats[options.format ?? usualFormat(item)];
  const targets = new Map(
    cases.map((item) => [item, predictionTargets(options.out, item.id, formatOf(item))]),
  );
  const drawsMaps =
    bundle.further !== undefined || (options.flips ?? 0) > 0 || (options.ensemble ?? []).length > 0;
  const written = ({ entropy, mutualInformation, ...always }: PredictionTargets): string[] => [
    ...Object.values(always),
    ...(drawsMaps ? [entropy, mutualInformation] : []),
  ];
  await refuseLosses(cases, (item) => written(targets.get(item)!), { overwrite: options.overwrite === true });

  const opened: OpenedBundle[] = [];
  try {
    for (const one of [bundle, ...(await readEnsemble(bundle, options.ensemble ?? []))]) {
      opened.push(await openNetworks(engine, one));
    }
    hooks.stage("predicting", cases.length, "images");
    const work = (files: CaseFiles): Promise<Verdict> =>
      predictCase(
        opened,
        { files, targets: targets.get(files)!, format: formatOf(files) },
        { ...options, mirrored },
        hooks,
      );
    return await eachCase(cases, work, hooks);
  } finally {
    for (const { session } of opened) await session.release();
  }
}

interface CaseToPredict {
  readonly files: CaseFiles;
  readonly targets: PredictionTargets;
  readonly format: ResultFormat;
}

async function predictCase(
  [first, ...ensemble]: readonly OpenedBundle[],
  { files, targets, format }: CaseToPredict,
  options: PredictOptions & { readonly mirrored: readonly Flip[] },
  hooks: WorkHooks,
): Promise<Verdict> {
  const { bundle } = first!;
  const image = await readGivenImage(files, bundle, (unknown) =>
    likelyModality(first!, unknown, hooks.signal),
  );
  const { source } = image.volume;
  format.refuseUnsuited(source, image.name);
  const prediction = await predictImage(first!, image, {
    ensemble,
    flips: options.mirrored,
    signal: hooks.signal,
  });
  const spoken = await writePrediction({ name: image.name, bundle, source, prediction }, targets, format);
  const { verdict } = prediction;
  tellWarnings(image.name, spoken.warnings);
  const line = options.json
    ? JSON.stringify({ image: image.name, mask: targets.mask, ...spoken })
    : verdictLine(image.name, verdict);
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
