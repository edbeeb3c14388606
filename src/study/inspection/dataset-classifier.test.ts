import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makePhantomDatasets, readPreparedCase } from "../../dataset/index.js";
import { nodeEngine } from "../../run/engines/node.js";
import { casesOf, openStudyData, type StudyData } from "../data/study-data.js";
import { parseStudy } from "../protocol/study-configuration.js";
import { DatasetClassifier } from "./dataset-classifier.js";

const root = mkdtempSync(join(tmpdir(), "sureseg-classifier-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hooks = { stage: () => {}, progress: () => {} };
let data: StudyData;
let names: string[];
beforeAll(async () => {
  const { datasets } = await makePhantomDatasets(root, {
    casesPerDataset: 6,
    foreignCasesPerKind: 1,
    shape: [16, 16, 16],
  });
  const study = parseStudy(
    {
      name: "tiny",
      output: join(root, "study"),
      datasets: datasets
        .slice(0, 3)
        .map(({ folder, modality }) => ({ folder, modality, organs: { organ: [1] } })),
      preparation: { spacing: { policy: "fit", voxels: 16 } },
      network: { channels: 4, levels: 2 },
      patch: [16, 16, 16],
      batch: 2,
      split: { folds: 3 },
      optimiser: { learningRate: 0.01 },
    },
    "study",
  );
  data = await openStudyData(study, hooks);
  names = data.datasets.map(({ name }) => name);
});

const work = () => ({ data, engine: nodeEngine(), hooks, threads: 1 });

const confidences = async (): Promise<number[]> => {
  const train = casesOf(data, 0, "train", names);
  const classifier = await DatasetClassifier.train(work(), { names, cases: train, seed: 1 });
  const found: number[] = [];
  for (const item of casesOf(data, 0, "test", names)) {
    const { image } = await readPreparedCase(item);
    found.push(await classifier.confidence(image));
  }
  await classifier.release();
  return found;
};

it("grows sure of held-out images of the datasets, and is the same for the same seed", async () => {
  const found = await confidences();
  expect(found).toHaveLength(6);
  for (const confidence of found) {
    expect(confidence).toBeGreaterThan(1 / 3);
    expect(confidence).toBeLessThanOrEqual(1 + 1e-5);
  }
  expect(found.reduce((sum, value) => sum + value, 0) / found.length).toBeGreaterThan(0.75);
  expect(await confidences()).toEqual(found);
});

it("refuses a training that diverges", async () => {
  const optimiser = { ...data.study.optimiser, learningRate: 1e38 };
  const wild = { ...data, study: { ...data.study, optimiser } };
  const train = casesOf(data, 0, "train", names);
  const training = DatasetClassifier.train({ ...work(), data: wild }, { names, cases: train, seed: 1 });
  await expect(training).rejects.toThrow(/update \d+: found a loss of .*, expected a finite loss/);
});

it("stops when asked to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  const train = casesOf(data, 0, "train", names);
  const stopped = { ...work(), hooks: { ...hooks, signal } };
  await expect(DatasetClassifier.train(stopped, { names, cases: train, seed: 1 })).rejects.toThrow("enough");
});
