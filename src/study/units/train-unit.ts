/** Does a train unit: trains its network, fits the temperature, measures it on its held-out volumes. */

import { mkdir } from "node:fs/promises";
import { inspectPrepared } from "../../bundle/index.js";
import { logitsOf, type TemperatureFit, TemperatureFitter } from "../../calibration/index.js";
import { readPreparedCase } from "../../dataset/index.js";
import type { Session } from "../../graph/index.js";
import { channelTargets } from "../../labels/index.js";
import { exportNetwork } from "../../network/index.js";
import { type TrainingSettings, trainNetwork } from "../../run/train-network.js";
import { loadCheckpoint } from "../../training/checkpoint.js";
import { lastCheckpoint } from "../../training/loop.js";
import { channelOf } from "../../volume/index.js";
import type { StudyWork } from "../data/planned-study.js";
import { casesOf, type StudyData, studyFiles } from "../data/study-data.js";
import { bestWeights } from "../data/unit-weights.js";
import type { TrainUnit } from "../protocol/plan-study.js";
import { caseRows, type MeasuredCase } from "./case-rows.js";

export interface TrainUnitResult {
  readonly seconds: number;
  readonly temperature: number;
  /** Set where no temperature within the bounds of the search is the best one: see `TemperatureFit`. */
  readonly temperatureAtBound: TemperatureFit["atBound"];
  /** Empty for a network that serves detection alone. */
  readonly cases: readonly MeasuredCase[];
}

/** @throws the signal's reason where it asks to stop; the last checkpoint is then on disk, and the next call goes on */
export async function doTrainUnit(work: StudyWork, unit: TrainUnit): Promise<TrainUnitResult> {
  const started = performance.now();
  await train(work, unit);
  const { data, engine, threads } = work;
  const model = exportNetwork(data.network, await bestWeights(data, unit.id));
  const session = await engine.open(model, { threads });
  try {
    const { temperature, atBound } = await fitTemperature(work, unit, session);
    const cases = unit.unmeasured ? [] : await measure(work, unit, session, temperature);
    const seconds = (performance.now() - started) / 1000;
    return { seconds, temperature, temperatureAtBound: atBound, cases };
  } finally {
    await session.release();
  }
}

async function train(work: StudyWork, unit: TrainUnit): Promise<void> {
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
}

/** On the validation volumes, each of the same weight; 1 where there is none. */
async function fitTemperature(
  { data, hooks }: StudyWork,
  unit: TrainUnit,
  session: Session,
): Promise<Pick<TemperatureFit, "temperature" | "atBound">> {
  const fitter = new TemperatureFitter();
  const validation = casesOf(data, unit.fold, "validation", unit.datasets);
  for (const item of validation) {
    const { image, target } = await readPreparedCase(item);
    const { probabilities } = await inspectPrepared(session, image, data, { signal: hooks.signal });
    for (const { channel, labels } of channelTargets({ ...item, target }, data.layout)) {
      const logits = logitsOf(channelOf(probabilities, channel));
      fitter.add({ logits, reference: labels, weight: 1 });
    }
  }
  return validation.length > 0 ? fitter.fit() : { temperature: 1, atBound: null };
}

async function measure(
  { data, hooks }: StudyWork,
  unit: TrainUnit,
  session: Session,
  temperature: number,
): Promise<MeasuredCase[]> {
  const cases: MeasuredCase[] = [];
  for (const test of casesOf(data, unit.fold, "test", unit.datasets)) {
    const item = { ...test, ...(await readPreparedCase(test)) };
    const { probabilities } = await inspectPrepared(session, item.image, data, { signal: hooks.signal });
    cases.push(...(await caseRows(data, item, probabilities, temperature)));
  }
  return cases;
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
    earlyStopping: 0,
    sampling: study.sampling,
    augmentation: study.augmentation,
    // With one thread for the network, a second one for the batches would compete with another process's network.
    workers: threads === 1 ? 0 : 1,
    threads,
  };
}
