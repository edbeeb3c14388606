/** From the best weights of a run to its bundle: temperature, guard and model card. */

import { join } from "node:path";
import { groupBy, UserError, type WorkHooks } from "../base/index.js";
import {
  type Card,
  type Inspected,
  inspectPrepared,
  openModel,
  packBundle,
  temperatureDoubt,
} from "../bundle/index.js";
import { TemperatureFitter } from "../calibration/index.js";
import { type PreparedCase, readPreparedCase, writeFileAtomically } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { exportNetwork } from "../network/index.js";
import { type CaseEvidence, fitGuard } from "../ood/index.js";
import { type FieldOfView, fieldOfViewRange } from "../preparation/index.js";
import { loadCheckpoint } from "../training/checkpoint.js";
import { bestCheckpoint } from "../training/loop.js";
import { weightsOf } from "../training/train-program.js";
import { modalityText } from "../volume/index.js";
import { refuseUnfitGuard } from "./guard-policy.js";
import { type PreparedRun, partOf, runFiles } from "./prepare-run.js";
import { addEvidence, calibrationOf } from "./temperature-evidence.js";

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
  const training = partOf(run, "train");
  const validation = partOf(run, "validation");
  const field = options.alpha === undefined ? "guard.alpha" : "--alpha";
  refuseUnfitGuard({ training, validation }, { alpha, field });
  const model = await bestModel(run);
  const seen = await lookAtImages(run, model, engine, hooks);
  const guard = fitGuard(seen.training, {
    layers: run.layers,
    form: configuration.guard.form,
    threshold: { rule: "conformal", alpha },
    heldOut: validation.length > 0 ? seen.validation : undefined,
  });
  const calibration = calibrationOf(seen.temperature, validation.length);
  const files = await packBundle({
    model,
    preparation: configuration.preparation,
    windows: run.windows,
    labels: { ...run.labels, fieldOfView: fieldsOfView(training) },
    calibration,
    guard,
    card: cardOf(run, training),
  });
  for (const [name, content] of Object.entries(files)) await writeFileAtomically(join(folder, name), content);
  const doubt = temperatureDoubt(calibration);
  return { folder, warnings: doubt === undefined ? [] : [doubt] };
}

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

interface Seen {
  readonly training: readonly CaseEvidence[];
  readonly validation: readonly CaseEvidence[];
  /** Fed with the validation images. */
  readonly temperature: TemperatureFitter;
}

/** Shows the network every training and validation image, one at a time. */
async function lookAtImages(
  run: PreparedRun,
  model: Uint8Array,
  engine: Engine,
  hooks: WorkHooks,
): Promise<Seen> {
  const cases = { train: partOf(run, "train"), validation: partOf(run, "validation") };
  hooks.stage("fitting temperature and guard", cases.train.length + cases.validation.length, "images");
  const session = await openModel(engine, model, { threads: run.configuration.threads });
  const temperature = new TemperatureFitter();
  let done = 0;
  const evidenceOf = async (item: PreparedCase, onSeen: OnSeen): Promise<CaseEvidence> => {
    const { image, target } = await readPreparedCase(item);
    const inspected = await inspectPrepared(session, image, run, {
      layers: run.layers,
      signal: hooks.signal,
    });
    onSeen(inspected, target);
    hooks.progress(++done);
    return { dataset: item.dataset, id: item.id, subject: item.subject, layers: inspected.layers };
  };
  try {
    const training: CaseEvidence[] = [];
    for (const item of cases.train) training.push(await evidenceOf(item, () => {}));
    const validation: CaseEvidence[] = [];
    for (const item of cases.validation) {
      const addLogits: OnSeen = ({ probabilities }, target) =>
        addEvidence(temperature, probabilities, { ...item, target }, run.layout);
      validation.push(await evidenceOf(item, addLogits));
    }
    return { training, validation, temperature };
  } finally {
    await session.release();
  }
}

type OnSeen = (inspected: Inspected, target: Uint8Array) => void;

/** Sizes of the training images' files, for each dataset. */
const fieldsOfView = (training: readonly PreparedCase[]): FieldOfView[] =>
  [...groupBy(training, ({ dataset }) => dataset)].map(([dataset, own]) =>
    fieldOfViewRange(
      dataset,
      own.map(({ placement }) => placement.original),
    ),
  );

function cardOf(run: PreparedRun, training: readonly PreparedCase[]): Card {
  const { configuration } = run;
  return {
    name: configuration.name,
    version: run.fingerprint.slice(0, 12),
    summary: `One 3-D network trained jointly on ${configuration.datasets.length} datasets, without being told which is which.`,
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
    ],
  };
}
