/** Data, settings and a bundle for the victims: as small as they may be, so that fifty kills take minutes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { makePhantomDatasets } from "../../dist/dataset/index.js";
import { startCommand } from "./processes.mjs";

const common = {
  name: "tiny",
  preparation: { spacing: { policy: "fit", voxels: 16 } },
  network: { channels: 4, levels: 2 },
  patch: [16, 16, 16],
  batch: 1,
};

/** @param folder is made; data go there, and the run whose bundle predicts */
export async function makePlace(folder) {
  const data = join(folder, "data");
  const shape = [16, 16, 16];
  await makePhantomDatasets(data, { casesPerDataset: 10, foreignCasesPerKind: 1, shape });
  const dataset = (name) => ({ folder: join(data, name), organs: { organ: [1] } });
  const place = {
    run: {
      ...common,
      datasets: [dataset("phantom_liver_ct")],
      updates: 24,
      validateEvery: 4,
      workers: 0,
      threads: 1,
      split: { test: 0.1, validation: 0.4 },
      guard: { alpha: 0.25 },
    },
    study: {
      ...common,
      datasets: [dataset("phantom_liver_ct"), dataset("phantom_kidneys_mr_t2")],
      strategies: ["dedicated", "joint"],
      seeds: [1],
      ensembleSeeds: [],
      split: { folds: 3, run: [0], validation: 0.35 },
      updatesPerDataset: 6,
      fineTuningUpdates: 3,
      validationsPerTraining: 3,
      corruptions: { volumesPerDataset: 0 },
      uncertainty: { dropoutPasses: 0, flips: 0, mapsPerDataset: 0 },
      alpha: 0.5,
    },
    images: [1, 2, 3].map((number) => join(data, "phantom_liver_ct", "imagesTr", `case_0${number}.nii.gz`)),
    bundle: join(folder, "run", "bundle"),
    /** Writes a configuration whose output is `name` in a folder; returns its path. */
    configuration: (where, name, settings) => {
      // Beside the folder: on a full disk it is not the configuration that finds no room.
      const path = `${where}-${name}.yaml`;
      writeFileSync(path, stringify({ ...settings, output: join(where, name) }));
      return path;
    },
  };
  mkdirSync(folder, { recursive: true });
  const configuration = place.configuration(folder, "run", place.run);
  const { status, stderr } = await startCommand(["train", configuration, "--quiet"]).ended;
  if (status !== 0) throw new Error(stderr);
  return place;
}
