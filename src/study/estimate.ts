/** How long the units of a study will take on this machine, from a few steps of training and inference. */
import { Random } from "../base/index.js";
import { inspectPrepared } from "../bundle/index.js";
import { readPreparedCase } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { exportNetwork, initialise } from "../network/index.js";
import { createLoss } from "../training/losses/index.js";
import { createOptimiser } from "../training/optimisers/index.js";
import { TrainProgram } from "../training/train-program.js";
import { corruptions } from "./corruptions/index.js";
import { classifierUpdates } from "./dataset-classifier.js";
import type { Unit } from "./plan-study.js";
import { casesOf, type StudyData } from "./study-data.js";

const STEPS = 4;

/** Reading, corrupting and preparing an image anew, seconds: about that for images of some two million voxels. */
const PREPARATION = 0.6;

/** Seconds by unit. */
export async function estimateSeconds(
  data: StudyData,
  units: readonly Unit[],
  engine: Engine,
  threads: number | undefined,
): Promise<Map<string, number>> {
  const update = await secondsOfUpdate(data, engine, threads);
  const look = await secondsOfLook(data, engine, threads);
  return new Map(units.map((unit) => [unit.id, secondsOf(data, unit, update, look)]));
}

function secondsOf(data: StudyData, unit: Unit, update: number, look: number): number {
  const count = (part: "train" | "validation" | "test", datasets: readonly string[]): number =>
    casesOf(data, unit.fold, part, datasets).length;
  if (unit.kind === "train") {
    const validation = count("validation", unit.datasets);
    const held = validation + (unit.unmeasured ? 0 : count("test", unit.datasets));
    const validated = data.study.validationsPerTraining * validation;
    return unit.updates * update + validated * look + held * (look + PREPARATION);
  }
  const inside = count("train", unit.inside);
  const asked = count("validation", unit.inside) + count("test", unit.inside) + count("test", unit.outside);
  // The way down is about half of a network.
  const classifier = (classifierUpdates(data.study, unit.inside.length) * update) / 2;
  if (!unit.full) return classifier + (inside + asked) * look;
  const { uncertainty, corruptions: settings } = data.study;
  const several = 1 + uncertainty.dropoutPasses + uncertainty.flips + unit.members.length - 1;
  const corrupted =
    unit.inside.length *
    settings.volumesPerDataset *
    settings.severities.length *
    Object.keys(corruptions).length;
  return classifier + (inside + asked * several + corrupted * several) * look + corrupted * PREPARATION;
}

async function secondsOfUpdate(
  { study, network }: StudyData,
  engine: Engine,
  threads: number | undefined,
): Promise<number> {
  const [x, y, z] = study.patch;
  const program = await TrainProgram.create({
    network,
    loss: createLoss(study.loss),
    optimiser: createOptimiser(study.optimiser),
    clipNorm: study.optimiser.clipNorm,
    batch: study.batch,
    patch: [z, y, x],
    seed: 1,
    engine,
    threads,
  });
  const { inputChannels, outputChannels } = network.description;
  const voxels = study.batch * x * y * z;
  const random = Random.stream(1, "estimate");
  const batch = {
    image: Float32Array.from({ length: voxels * inputChannels }, () => random.normal()),
    target: new Float32Array(voxels * outputChannels),
    weight: new Float32Array(study.batch * outputChannels).fill(1),
  };
  await program.update(batch, 1e-3);
  const started = performance.now();
  for (let step = 0; step < STEPS; step++) await program.update(batch, 1e-3);
  const seconds = (performance.now() - started) / 1000 / STEPS;
  await program.release();
  return seconds;
}

async function secondsOfLook(data: StudyData, engine: Engine, threads: number | undefined): Promise<number> {
  const parameters = initialise(data.network, Random.stream(1, "estimate"));
  const session = await engine.open(exportNetwork(data.network, parameters), { threads });
  const layers = data.network.layers.map(({ name }) => name);
  const { image } = await readPreparedCase(data.cases[0]!);
  await inspectPrepared(session, image, data, { layers });
  const started = performance.now();
  for (let step = 0; step < STEPS; step++) await inspectPrepared(session, image, data, { layers });
  await session.release();
  return (performance.now() - started) / 1000 / STEPS;
}
