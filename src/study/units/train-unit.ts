/** Does a train unit: trains its network, fits the temperature, measures it on its held-out volumes. */

import { mkdir } from "node:fs/promises";
import { inspectPrepared, openModel } from "../../bundle/index.js";
import {
  type CalibrationCase,
  fitAlternatives,
  lossCurve,
  type TemperatureAlternatives,
  type TemperatureFit,
  TemperatureFitter,
  temperatureOf,
} from "../../calibration/index.js";
import { type PreparedCase, readPreparedCase } from "../../dataset/index.js";
import type { Session } from "../../graph/index.js";
import { exportNetwork } from "../../network/index.js";
import { signature } from "../../ood/index.js";
import { addEvidence } from "../../run/temperature-evidence.js";
import { type TrainingSettings, trainNetwork } from "../../run/train-network.js";
import { loadCheckpoint } from "../../training/checkpoint.js";
import { lastCheckpoint } from "../../training/loop.js";
import type { StudyWork } from "../data/planned-study.js";
import { casesOf, type StudyData, studyFiles } from "../data/study-data.js";
import { bestWeights } from "../data/unit-weights.js";
import type { TrainUnit } from "../protocol/plan-study.js";
import { caseRows, type MeasuredCase } from "./case-rows.js";

export interface TrainUnitResult extends Partial<TrainedLength> {
  readonly seconds: number;
  readonly temperature: number;
  /** Set where no temperature within the bounds of the search is the best one: see `TemperatureFit`. */
  readonly temperatureAtBound: TemperatureFit["atBound"];
  /** Empty for a network that serves detection alone. */
  readonly cases: readonly MeasuredCase[];
}

/** How long a network was trained; absent in units of earlier versions, which were all trained to their end. */
export interface TrainedLength {
  /** Updates done. */
  readonly updates: number;
  /** Those behind the weights of the best validation. */
  readonly bestUpdate: number;
}

/** @throws the signal's reason where it asks to stop; the last checkpoint is then on disk, and the next call goes on */
export async function doTrainUnit(work: StudyWork, unit: TrainUnit): Promise<TrainUnitResult> {
  const started = performance.now();
  const length = await train(work, unit);
  const { data, engine, threads } = work;
  const model = exportNetwork(data.network, await bestWeights(data, unit.id));
  const session = await openModel(engine, model, { threads });
  try {
    const { temperature, atBound, alternatives } = await fitTemperatures(work, unit, session);
    const cases = unit.unmeasured ? [] : await measure(work, unit, session, { temperature, alternatives });
    const seconds = (performance.now() - started) / 1000;
    return { seconds, ...length, temperature, temperatureAtBound: atBound, cases };
  } finally {
    await session.release();
  }
}

async function train(work: StudyWork, unit: TrainUnit): Promise<TrainedLength> {
  const { data, fingerprints, engine, hooks, threads } = work;
  const folder = studyFiles.unit(data.study, unit.id);
  await mkdir(folder, { recursive: true });
  const fingerprint = fingerprints.get(unit.id)!;
  // A checkpoint that is missing or damaged costs the time since the start, no more.
  const last = await loadCheckpoint(lastCheckpoint(folder), data.network.layout).catch(() => undefined);
  const end = await trainNetwork(
    {
      network: data.network,
      layout: data.layout,
      settings: settingsOf(data, unit, threads),
      train: casesOf(data, unit.fold, "train", unit.datasets),
      validation: casesOf(data, unit.fold, "validation", unit.datasets),
      windows: data.windows,
      folder,
      fingerprint,
      from: last?.fingerprint === fingerprint ? last : undefined,
      initial: unit.initial === undefined ? undefined : await bestWeights(data, unit.initial),
    },
    engine,
    hooks,
  );
  if (end === "interrupted") throw hooks.signal?.reason ?? new Error("interrupted");
  const { memory } = await loadCheckpoint(lastCheckpoint(folder), data.network.layout);
  return { updates: memory.step, bestUpdate: memory.bestStep };
}

/** The pooled temperature, and the others that the same volumes support. */
interface UnitTemperatures {
  readonly temperature: number;
  readonly alternatives: TemperatureAlternatives;
}

/** On the validation volumes, each of the same weight; 1 where there is none. */
async function fitTemperatures(
  work: StudyWork,
  unit: TrainUnit,
  session: Session,
): Promise<UnitTemperatures & Pick<TemperatureFit, "atBound">> {
  const { data } = work;
  const pooled = new TemperatureFitter();
  const cases: CalibrationCase[] = [];
  for (const item of casesOf(data, unit.fold, "validation", unit.datasets)) {
    const { target, probabilities, signature } = await seen(work, session, item);
    const own = new TemperatureFitter();
    addEvidence(own, probabilities, { ...item, target }, data.layout);
    pooled.merge(own);
    cases.push({ dataset: item.dataset, subject: item.subject, signature, losses: lossCurve(own) });
  }
  if (cases.length === 0) return { temperature: 1, atBound: null, alternatives: {} };
  const { temperature, atBound } = pooled.fit();
  return { temperature, atBound, alternatives: fitAlternatives(cases, temperature) };
}

async function measure(
  work: StudyWork,
  unit: TrainUnit,
  session: Session,
  { temperature: pooled, alternatives }: UnitTemperatures,
): Promise<MeasuredCase[]> {
  const { data } = work;
  const cases: MeasuredCase[] = [];
  for (const item of casesOf(data, unit.fold, "test", unit.datasets)) {
    const { probabilities, signature, ...voxels } = await seen(work, session, item);
    // No guard is fitted here, and test volumes are not foreign.
    const image = { signature, dataset: item.dataset, refused: false };
    const temperatures = {
      pooled,
      signature: temperatureOf("signature", alternatives, image, pooled),
      dataset: temperatureOf("dataset", alternatives, image, pooled),
    };
    cases.push(...(await caseRows(data, { ...item, ...voxels }, probabilities, temperatures)));
  }
  return cases;
}

/** A volume, what the network makes of it, and its signature at all layers. */
async function seen({ data, hooks }: StudyWork, session: Session, item: PreparedCase) {
  const voxels = await readPreparedCase(item);
  const names = data.network.layers.map(({ name }) => name);
  const inspected = await inspectPrepared(session, voxels.image, data, {
    layers: names,
    signal: hooks.signal,
  });
  const spectra = names.flatMap((name) => [...signature(inspected.layers[name]!, "per-voxel")]);
  return { ...voxels, probabilities: inspected.probabilities, signature: Float64Array.from(spectra) };
}

function settingsOf({ study }: StudyData, unit: TrainUnit, threads: number | undefined): TrainingSettings {
  return {
    seed: unit.seed,
    patch: study.patch,
    batch: study.batch,
    loss: study.loss,
    optimiser: study.optimiser,
    schedule: study.schedule,
    updates: unit.updates,
    validateEvery: Math.max(1, Math.ceil(unit.updates / study.validationsPerTraining)),
    earlyStopping: study.earlyStopping,
    sampling: study.sampling,
    augmentation: study.augmentation,
    // With one thread for the network, a second one for the batches would compete with another process's network.
    workers: threads === 1 ? 0 : 1,
    threads,
  };
}
