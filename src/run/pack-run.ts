/** From the best weights of a run to its bundle: temperature, guard and model card. */

import { join } from "node:path";
import { caseKey, groupBy, type WorkHooks } from "../base/index.js";
import {
  type BundleNetwork,
  type Card,
  jointSignature,
  packBundle,
  temperatureDoubt,
} from "../bundle/index.js";
import type { CalibrationCase } from "../calibration/index.js";
import { type PreparedCase, writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { fitGuard, type Guard, poolCalibration, type ThresholdChoice } from "../ood/index.js";
import { type FieldOfView, fieldOfViewRange } from "../preparation/index.js";
import { modalityText } from "../volume/index.js";
import { refuseUnmeasured } from "./final-policy.js";
import { trainingsOf } from "./folds.js";
import { refuseUnfitGuard } from "./guard-policy.js";
import {
  gatherEvidence,
  type NetworkEvidence,
  type PackEvidence,
  type StoredPrecision,
  type TrainingParts,
} from "./pack-evidence.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";
import { calibrationOf, withAlternatives } from "./temperature-evidence.js";

export interface PackOptions {
  /** Promised false-alarm rate; default: the configuration's. */
  readonly alpha?: number;
  /** That the rate of this one guard is at most that; default: the configuration's. */
  readonly confidence?: number;
  /** What fits temperature and threshold; default `validation`. */
  readonly calibrateOn?: CalibrationImages;
  /** Where the bundle goes; default: `bundle` in the run's folder. */
  readonly folder?: string;
  /** How the file keeps the weights; default single precision. Temperature and guard are fitted with what it keeps. */
  readonly weights?: StoredPrecision;
  /** What an earlier packing of this run saw: its images are not predicted again. */
  readonly seen?: PackEvidence;
}

/**
 * - `validation`: the test images stay aside, and say how good the bundle is
 * - `validation-and-test`: more images for the bundle that ships, once the test images are measured
 */
export type CalibrationImages = "validation" | "validation-and-test";

export interface PackedBundle {
  readonly folder: string;
  /** What whoever uses the bundle should know; its card says it too. */
  readonly warnings: readonly string[];
  /** For packing again, with more images or another promise. */
  readonly seen: PackEvidence;
}

/**
 * Fits temperature and guard with the best weights and writes the bundle. It needs no training and can be repeated.
 *
 * @throws UserError where there are no weights of this run, or too few images for the promise
 */
export async function packRun(
  run: PreparedRun,
  options: PackOptions,
  engine: Engine,
  hooks: WorkHooks,
): Promise<PackedBundle> {
  const { configuration } = run;
  const {
    calibrateOn = "validation",
    folder = join(configuration.output, runFiles.bundle),
    weights = "single",
  } = options;
  const { alpha = configuration.guard.alpha, confidence = configuration.guard.confidence } = options;
  const field = options.alpha === undefined ? "guard.alpha" : "--alpha";
  if (calibrateOn === "validation-and-test") refuseUnmeasured(run);
  const parts = partsOf(run, calibrateOn);
  for (const { training } of parts) {
    refuseUnfitGuard(
      { training, validation: parts.flatMap((one) => one.heldOut) },
      { alpha, confidence, field },
    );
  }
  const seen = await gatherEvidence({ run, weights, parts, earlier: options.seen }, engine, hooks);
  const rule = { rule: "conformal", alpha, ...(confidence !== undefined && { confidence }) } as const;
  // The measures of one fold alone may be too few for the promise; they are put together below.
  const ownRule: ThresholdChoice = run.folds === undefined ? rule : { rule: "max" };
  const networks = parts.map((part, at) => fitNetwork(part, seen.networks[at]!, ownRule));
  const guards = networks.map(({ guard }) => guard);
  const pooled = run.folds === undefined ? guards : poolCalibration(guards, rule);
  const heldOut = parts.flatMap((part) => part.heldOut);
  const calibration = calibrationOf(seen.temperature, heldOut.length);
  const cases = networks.flatMap((network) => network.cases);
  const [first, ...further] = networks.map(({ model, cases: own }, at) => ({
    model,
    guard: pooled[at]!,
    calibration: withAlternatives(calibration, { own, all: cases }, configuration),
  }));
  const shown = run.folds === undefined ? parts[0]!.training : heldOut;
  const files = await packBundle({
    ...first!,
    ...(further.length > 0 && { further }),
    preparation: configuration.preparation,
    windows: run.windows,
    labels: { ...run.labels, fieldOfView: fieldsOfView(shown) },
    card: cardOf(run, shown, { calibrateOn, weights }),
  });
  // An ensemble of other size may have left more files: the manifest names those that count.
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(folder, name), content);
  const doubt = temperatureDoubt(calibration);
  return { folder, warnings: doubt === undefined ? [] : [doubt], seen };
}

const partsOf = (run: PreparedRun, calibrateOn: CalibrationImages): TrainingParts[] =>
  trainingsOf(run).map((one) => ({
    run: one,
    training: partOf(one, "train"),
    heldOut: [
      ...partOf(one, run.folds === undefined ? "validation" : "test"),
      ...(calibrateOn === "validation-and-test" ? partOf(one, "test") : []),
    ],
  }));

/** By its files' hash an image is known again under whatever name. */
function withFileHashes(guard: Guard, cases: readonly PreparedCase[]): Guard {
  const hashes = new Map(cases.map((item) => [caseKey(item), item.filesHash]));
  const images = guard.calibration.images?.map((image) => ({
    ...image,
    files: hashes.get(caseKey({ dataset: image.dataset, id: image.case })),
  }));
  return { ...guard, calibration: { ...guard.calibration, images } };
}

/** A network of the bundle, and what its held-out images say of temperatures. */
interface FittedNetwork extends Pick<BundleNetwork, "model" | "guard"> {
  readonly cases: readonly CalibrationCase[];
}

function fitNetwork(
  { run, heldOut }: TrainingParts,
  { model, training, heldOut: calibrating }: NetworkEvidence,
  threshold: ThresholdChoice,
): FittedNetwork {
  const guard = fitGuard(training, {
    layers: run.layers,
    form: run.configuration.guard.form,
    threshold,
    heldOut: calibrating.length > 0 ? calibrating.map(({ evidence }) => evidence) : undefined,
  });
  const cases = calibrating.map(({ evidence: { dataset, subject, layers }, losses }) => ({
    dataset,
    subject,
    signature: jointSignature({ guard }, layers),
    losses,
  }));
  return { model, guard: withFileHashes(guard, heldOut), cases };
}

/** Sizes of the training images' files, for each dataset. */
const fieldsOfView = (training: readonly PreparedCase[]): FieldOfView[] =>
  [...groupBy(training, ({ dataset }) => dataset)].map(([dataset, own]) =>
    fieldOfViewRange(
      dataset,
      own.map(({ placement }) => placement.original),
    ),
  );

const networksOf = (folds: number): Card["training"] => [
  { name: "networks", value: folds },
  {
    name: "calibration",
    value:
      "cross-conformal: every image calibrated temperature and guard once, in the eyes of the network that was not trained on it",
  },
];

const CALIBRATED_ON: Record<CalibrationImages, string> = {
  validation: "validation images",
  "validation-and-test":
    "validation and test images, after these were measured: the bundle cannot be evaluated on them",
};

/** @param training images that the network, or one network of the ensemble, was trained on */
function cardOf(
  run: PreparedRun,
  training: readonly PreparedCase[],
  { calibrateOn, weights }: Required<Pick<PackOptions, "calibrateOn" | "weights">>,
): Card {
  const { configuration } = run;
  return {
    name: configuration.name,
    version: run.fingerprint.slice(0, 12),
    summary: `${run.folds === undefined ? "One 3-D network" : `An ensemble of ${run.folds.length} 3-D networks`} trained jointly on ${configuration.datasets.length} datasets, without being told which is which.`,
    intendedUse: configuration.card.intendedUse,
    limitations:
      "Trained on few images of few sources. Masks of images that the guard calls foreign are not to be relied on, and a trusted image may still be segmented wrongly.",
    licence: configuration.card.licence,
    data: Object.entries(run.organs).flatMap(([dataset, organs]) => {
      const own = training.filter((item) => item.dataset === dataset);
      return Object.keys(organs).map((organ) => ({
        dataset,
        organ,
        modality: modalityText(run.modalitiesOf[dataset]!),
        images: own.length,
        subjects: new Set(own.map(({ subject }) => subject)).size,
        licence: run.licenceOf[dataset] ?? "not stated",
        ...(run.sourceOf[dataset] !== undefined && { source: run.sourceOf[dataset] }),
      }));
    }),
    metrics: [],
    training: [
      { name: "architecture", value: configuration.network.architecture },
      { name: "updates", value: configuration.updates },
      { name: "label mode", value: configuration.labelMode },
      { name: "seed", value: configuration.seed },
      { name: "precision of the weights", value: weights },
      ...(run.folds === undefined
        ? [{ name: "temperature and guard calibrated on", value: CALIBRATED_ON[calibrateOn] }]
        : networksOf(run.folds.length)),
    ],
  };
}
