/** From the best weights of a run to its bundle: temperature, guard and model card. */

import { join } from "node:path";
import { groupBy, UserError, type WorkHooks } from "../base/index.js";
import {
  type BundleNetwork,
  type Card,
  inspectPrepared,
  jointSignature,
  openModel,
  packBundle,
  temperatureDoubt,
} from "../bundle/index.js";
import { type CalibrationCase, lossCurve, TemperatureFitter } from "../calibration/index.js";
import { type PreparedCase, readPreparedCase, writeFileAtomically } from "../dataset/index.js";
import type { Engine, Session } from "../graph/index.js";
import { exportNetwork } from "../network/index.js";
import { type CaseEvidence, fitGuard, poolCalibration, type ThresholdChoice } from "../ood/index.js";
import { type FieldOfView, fieldOfViewRange } from "../preparation/index.js";
import { loadCheckpoint } from "../training/checkpoint.js";
import { bestCheckpoint } from "../training/loop.js";
import { weightsOf } from "../training/train-program.js";
import { modalityText } from "../volume/index.js";
import { trainingsOf } from "./folds.js";
import { refuseUnfitGuard } from "./guard-policy.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";
import { addEvidence, calibrationOf, withAlternatives } from "./temperature-evidence.js";

export interface PackOptions {
  /** Promised false-alarm rate; default: the configuration's. */
  readonly alpha?: number;
  /** Where the bundle goes; default: `bundle` in the run's folder. */
  readonly folder?: string;
}

export interface PackedBundle {
  readonly folder: string;
  /** What whoever uses the bundle should know; its card says it too. */
  readonly warnings: readonly string[];
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
  const { alpha = configuration.guard.alpha, folder = join(configuration.output, runFiles.bundle) } = options;
  const field = options.alpha === undefined ? "guard.alpha" : "--alpha";
  const parts = partsOf(run);
  for (const { training } of parts) {
    refuseUnfitGuard({ training, validation: parts.flatMap((one) => one.heldOut) }, { alpha, field });
  }
  const temperature = new TemperatureFitter();
  const work = { run, temperature, engine, hooks, done: 0 };
  hooks.stage(
    "fitting temperature and guard",
    parts.reduce((sum, { training, heldOut }) => sum + training.length + heldOut.length, 0),
    "images",
  );
  const rule = { rule: "conformal", alpha } as const;
  const networks: FittedNetwork[] = [];
  for (const part of parts) {
    // The measures of one fold alone may be too few for the promise; they are put together below.
    networks.push(await fitNetwork(work, part, run.folds === undefined ? rule : { rule: "max" }));
  }
  const guards = networks.map(({ guard }) => guard);
  const pooled = run.folds === undefined ? guards : poolCalibration(guards, rule);
  const heldOut = parts.flatMap((part) => part.heldOut);
  const calibration = calibrationOf(temperature, heldOut.length);
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
    card: cardOf(run, shown),
  });
  // An ensemble of other size may have left more files: the manifest names those that count.
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(folder, name), content);
  const doubt = temperatureDoubt(calibration);
  return { folder, warnings: doubt === undefined ? [] : [doubt] };
}

/** A training, and the images that calibrate its network. */
interface TrainingParts {
  readonly run: PreparedRun;
  readonly training: readonly PreparedCase[];
  /** Of an ensemble: the fold that was held out, which chose nothing. */
  readonly heldOut: readonly PreparedCase[];
}

const partsOf = (run: PreparedRun): TrainingParts[] =>
  trainingsOf(run).map((one) => ({
    run: one,
    training: partOf(one, "train"),
    heldOut: partOf(one, run.folds === undefined ? "validation" : "test"),
  }));

/** The network with the weights of the best validation. */
async function bestModel({ configuration, network, fingerprint }: PreparedRun): Promise<Uint8Array> {
  const path = bestCheckpoint(configuration.output);
  const best = await loadCheckpoint(path, network.layout);
  if (best.fingerprint !== fingerprint) {
    throw new UserError({
      subject: path,
      found: "weights of another training than the plan beside it",
      expected: "the best weights of this run",
      advice: "Put the run's own checkpoint back, or train it anew.",
    });
  }
  return exportNetwork(network, weightsOf(best.vectors), {
    metadata: { name: configuration.name, fingerprint },
  });
}

interface PackWork {
  readonly run: PreparedRun;
  /** Fed with the held-out images of every network. */
  readonly temperature: TemperatureFitter;
  readonly engine: Engine;
  readonly hooks: WorkHooks;
  /** Images seen. */
  done: number;
}

/** A network of the bundle, and what its held-out images say of temperatures. */
interface FittedNetwork extends Pick<BundleNetwork, "model" | "guard"> {
  readonly cases: readonly CalibrationCase[];
}

/** Shows a network its training and held-out images, one at a time, and fits its guard. */
async function fitNetwork(
  work: PackWork,
  { run, training, heldOut }: TrainingParts,
  threshold: ThresholdChoice,
): Promise<FittedNetwork> {
  const model = await bestModel(run);
  const session = await openModel(work.engine, model, { threads: run.configuration.threads });
  try {
    const references: CaseEvidence[] = [];
    for (const item of training) references.push((await lookAt(work, session, item)).evidence);
    const calibrating: CaseEvidence[] = [];
    const losses: Float64Array[] = [];
    for (const item of heldOut) {
      const { evidence, probabilities, target } = await lookAt(work, session, item);
      const own = new TemperatureFitter();
      addEvidence(own, probabilities, { ...item, target }, run.layout);
      work.temperature.merge(own);
      losses.push(lossCurve(own));
      calibrating.push(evidence);
    }
    const guard = fitGuard(references, {
      layers: run.layers,
      form: run.configuration.guard.form,
      threshold,
      heldOut: heldOut.length > 0 ? calibrating : undefined,
    });
    const cases = calibrating.map(({ dataset, subject, layers }, at) => ({
      dataset,
      subject,
      signature: jointSignature({ guard }, layers),
      losses: losses[at]!,
    }));
    return { model, guard, cases };
  } finally {
    await session.release();
  }
}

async function lookAt(work: PackWork, session: Session, item: PreparedCase) {
  const { run, hooks } = work;
  const { image, target } = await readPreparedCase(item);
  const { probabilities, layers } = await inspectPrepared(session, image, run, {
    layers: run.layers,
    signal: hooks.signal,
  });
  hooks.progress(++work.done);
  const evidence: CaseEvidence = { dataset: item.dataset, id: item.id, subject: item.subject, layers };
  return { evidence, probabilities, target };
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

/** @param training images that the network, or one network of the ensemble, was trained on */
function cardOf(run: PreparedRun, training: readonly PreparedCase[]): Card {
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
      }));
    }),
    metrics: [],
    training: [
      { name: "architecture", value: configuration.network.architecture },
      { name: "updates", value: configuration.updates },
      { name: "label mode", value: configuration.labelMode },
      { name: "seed", value: configuration.seed },
      ...(run.folds === undefined ? [] : networksOf(run.folds.length)),
    ],
  };
}
