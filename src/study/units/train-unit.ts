/** Does a train unit: trains its network, fits the temperature, measures it on its held-out volumes. */

import { mkdir } from "node:fs/promises";
import type { WorkHooks } from "../../base/index.js";
import { inspectPrepared } from "../../bundle/index.js";
import { logitsOf, type TemperatureFit, TemperatureFitter } from "../../calibration/index.js";
import { readPreparedCase } from "../../dataset/index.js";
import type { Engine } from "../../graph/index.js";
import { channelTargets } from "../../labels/index.js";
import { exportNetwork } from "../../network/index.js";
import { type TrainingSettings, trainNetwork } from "../../run/train-network.js";
import { loadCheckpoint } from "../../training/checkpoint.js";
import { lastCheckpoint } from "../../training/loop.js";
import { channelOf } from "../../volume/index.js";
import { casesOf, type StudyData, studyFiles, unitFingerprint } from "../data/study-data.js";
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
export async function doTrainUnit(
  data: StudyData,
  unit: TrainUnit,
  engine: Engine,
  hooks: WorkHooks,
  threads: number | undefined,
): Promise<TrainUnitResult> {
  const started = performance.now();
  const folder = studyFiles.unit(data.study, unit.id);
  await mkdir(folder, { recursive: true });
  const fingerprint = unitFingerprint(data, unit);
  // A checkpoint that is missing or damaged costs the time since the start, no more.
  const last = await loadCheckpoint(lastCheckpoint(folder), data.network.layout).catch(() => undefined);
  const validation = casesOf(data, unit.fold, "validation", unit.datasets);
  const end = await trainNetwork(
    {
      network: data.network,
      layout: data.layout,
      settings: settingsOf(data, unit, threads),
      train: casesOf(data, unit.fold, "train", unit.datasets),
      validation,
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

  const model = exportNetwork(data.network, await bestWeights(data, unit.id));
  const session = await engine.open(model, { threads });
  const tests = unit.unmeasured ? [] : casesOf(data, unit.fold, "test", unit.datasets);
  const fitter = new TemperatureFitter();
  for (const item of validation) {
    const { image, target } = await readPreparedCase(item);
    const { probabilities } = await inspectPrepared(session, image, data, { signal: hooks.signal });
    for (const { channel, labels } of channelTargets({ ...item, target }, data.layout)) {
      const logits = logitsOf(channelOf(probabilities, channel));
      fitter.add({ logits, reference: labels, weight: 1 });
    }
  }
  const { temperature, atBound } = validation.length > 0 ? fitter.fit() : { temperature: 1, atBound: null };
  const cases: MeasuredCase[] = [];
  for (const test of tests) {
    const item = { ...test, ...(await readPreparedCase(test)) };
    const inspected = await inspectPrepared(session, item.image, data, { signal: hooks.signal });
    cases.push(...(await caseRows(data, item, inspected.probabilities, temperature)));
  }
  await session.release();
  const seconds = (performance.now() - started) / 1000;
  return { seconds, temperature, temperatureAtBound: atBound, cases };
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
