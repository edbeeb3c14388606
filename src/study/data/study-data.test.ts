import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makePhantomDatasets } from "../../dataset/index.js";
import { networkStride } from "../../network/index.js";
import { voxelCount } from "../../volume/index.js";
import { parseStudy } from "../protocol/study-configuration.js";
import { openStudyData } from "./study-data.js";

const folder = mkdtempSync(join(tmpdir(), "sureseg-study-data-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => {
  const phantoms = { casesPerDataset: 8, foreignCasesPerKind: 0, shape: [24, 20, 16] } as const;
  await makePhantomDatasets(join(folder, "data"), phantoms);
});

const dataset = (name: string) => ({ folder: join(folder, "data", name), organs: { organ: [1] } });

it("has one spacing, patch and network for all units, chosen from the first fold's training images", async () => {
  const stages: string[] = [];
  const hooks = { stage: (label: string) => stages.push(label), progress: () => {} };
  const study = parseStudy(
    {
      name: "tiny",
      output: join(folder, "study"),
      datasets: [dataset("phantom_liver_ct"), dataset("phantom_cord_mr_t2")],
      network: { channels: 2, levels: 3 },
      budget: { patchVoxels: 1024 },
      split: { folds: 4, run: [1, 2], validation: 0.2 },
    },
    "test",
  );
  const data = await openStudyData(study, hooks);
  const { preparation, patch, network } = data.study;
  expect(preparation.spacing.policy).toBe("budget");
  expect(preparation.antialiasing).toBe(true);
  expect(voxelCount(patch)).toBeLessThanOrEqual(1024);
  expect(patch.every((size, axis) => size % networkStride(network)[axis]! === 0)).toBe(true);
  expect(data.windows.window).toEqual(patch);
  expect(data.network.stride).toEqual(networkStride(network));
  const trained = (name: string) => data.splitOf(1).train.filter((key) => key.startsWith(`${name}/`)).length;
  expect(data.resolution!.datasets.map(({ dataset: name, images }) => [name, images])).toEqual([
    ["phantom_liver_ct", trained("phantom_liver_ct")],
    ["phantom_cord_mr_t2", trained("phantom_cord_mr_t2")],
  ]);
  expect(data.cases.every(({ ceiling }) => ceiling.together > 0.5 && ceiling.together <= 1)).toBe(true);
  // Every process of a study chooses the same.
  expect((await openStudyData(study, hooks)).study).toEqual(data.study);
  const given = await openStudyData({ ...study, ...data.study }, { stage: () => {}, progress: () => {} });
  expect(given.resolution).toBeUndefined();
  expect(given.study).toEqual(data.study);
});
