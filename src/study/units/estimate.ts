/** How long the units of a study will take on this machine, from a few steps of training and inference. */
import { Random } from "../../base/index.js";
import { inspectPrepared } from "../../bundle/index.js";
import { readPreparedCase } from "../../dataset/index.js";
import { exportNetwork, initialise } from "../../network/index.js";
import { secondsEach, secondsOfUpdate } from "../../run/update-time.js";
import { corruptions } from "../corruptions/index.js";
import type { StudyWork } from "../data/planned-study.js";
import { casesOf, type StudyData } from "../data/study-data.js";
import { classifierUpdates } from "../inspection/dataset-classifier.js";
import type { Unit } from "../protocol/plan-study.js";
import { flipsOf } from "../protocol/study-configuration.js";

/** Reading, corrupting and preparing an image anew, seconds: about that for images of some two million voxels. */
const PREPARATION = 0.6;

/** Seconds by unit. */
export async function estimateSeconds(work: StudyWork): Promise<Map<string, number>> {
  const { data, engine, threads } = work;
  const update = await secondsOfUpdate({ network: data.network, settings: data.study }, engine, threads);
  const look = await secondsOfLook(work);
  return new Map(work.units.map((unit) => [unit.id, secondsOf(data, unit, update, look)]));
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
  const several = 1 + uncertainty.dropoutPasses + flipsOf(data.study).length + unit.members.length - 1;
  const corrupted =
    unit.inside.length *
    settings.volumesPerDataset *
    settings.severities.length *
    Object.keys(corruptions).length;
  return classifier + (inside + asked * several + corrupted * several) * look + corrupted * PREPARATION;
}

async function secondsOfLook({ data, engine, threads }: StudyWork): Promise<number> {
  const parameters = initialise(data.network, Random.stream(1, "estimate"));
  const layers = data.network.layers.map(({ name }) => name);
  const { image } = await readPreparedCase(data.cases[0]!);
  const session = await engine.open(exportNetwork(data.network, parameters), { threads });
  try {
    return await secondsEach(() => inspectPrepared(session, image, data, { layers }));
  } finally {
    await session.release();
  }
}
