/** `sureseg demo`: the whole way on phantoms, offline, on any laptop. */

import { join, resolve, sep } from "node:path";
import { caseKey, type WorkHooks } from "../base/index.js";
import { makePhantomDatasets } from "../dataset/index.js";
import type { Engine } from "../graph/index.js";
import { removeReport } from "../report/save-report.js";
import { parseConfiguration, readConfiguration } from "../run/configuration.js";
import { refuseEarlierRun, removeEarlierRun } from "../run/earlier-run.js";
import { prepareRun, runFiles } from "../run/prepare-run.js";
import { trainRun } from "../run/train-run.js";
import { evaluateAndSave } from "./evaluate.js";
import { exitStatus } from "./exit-status.js";
import { predict } from "./predict.js";
import { resultTable } from "./result-table.js";
import { warn } from "./warn.js";

const NAME = "demo";

export async function demo(out: string, engine: Engine, hooks: WorkHooks): Promise<number> {
  const folder = resolve(out);
  await makeRoom(folder);
  hooks.stage("making phantom datasets", 9, "datasets");
  const { datasets, foreign } = await makePhantomDatasets(join(folder, "data"), {}, hooks.progress);
  const configuration = parseConfiguration(
    {
      name: NAME,
      output: folder,
      datasets: datasets.map(({ folder: path, modality, organ }) => ({
        folder: path,
        modality,
        organs: { [organ]: [1] },
      })),
      preparation: { spacing: { policy: "fit", voxels: 40 } },
      network: { channels: 8, levels: 3 },
      patch: [32, 32, 32],
      batch: 2,
      updates: 700,
      validateEvery: 100,
      optimiser: { learningRate: 3e-3 },
    },
    "the demo's configuration",
  );
  const run = await prepareRun(configuration, hooks);
  const { end, warnings } = await trainRun(run, engine, hooks);
  if (end === "interrupted") return exitStatus.interrupted;
  warnings.forEach(warn);
  const { evaluation, report } = await evaluateAndSave(run, foreign, engine, hooks);

  const bundle = join(folder, runFiles.bundle);
  const known = run.cases.find((item) => run.split.test.includes(caseKey(item)));
  const options = { bundle, out: join(folder, "predictions"), json: false, overwrite: true };
  if (known)
    await predict(
      {
        ...options,
        images: known.files.images,
        modality: datasets.find(({ name }) => name === known.dataset)?.modality,
      },
      engine,
      hooks,
    );
  for (const kind of foreign) {
    const images = [join(kind.folder, "images", "case_01.nii.gz")];
    const out = join(options.out, kind.name);
    await predict({ ...options, images, out, modality: kind.modality }, engine, hooks);
  }
  process.stdout.write(`\n${resultTable(evaluation)}\n${report}\n`);
  return exitStatus.trusted;
}

/** An earlier demo is replaced; a run of one's own in its folder is not. */
async function makeRoom(folder: string): Promise<void> {
  const earlier = await readConfiguration(join(folder, runFiles.configuration)).catch(() => undefined);
  const phantoms = join(folder, "data", sep);
  if (earlier?.name === NAME && earlier.datasets.every((dataset) => dataset.folder.startsWith(phantoms))) {
    await removeEarlierRun(folder);
    await removeReport(folder);
  }
  refuseEarlierRun(folder, "Give the demo another folder by --out, or remove this one.");
}
