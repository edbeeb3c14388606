/**
 * What rules of spacing cost the organs of a study's training images: the Dice coefficient of references with themselves after
 * the prepared grid and back, and how many voxels an image has. Needs a build.
 *
 *   node bench/accuracy/resolution.mjs configs/study.yaml > docs/results/recipe/resolution.csv
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { caseKey } from "../../dist/base/index.js";
import { caseResolution, openTrainingDatasets, splitBySubject } from "../../dist/dataset/index.js";
import { summary } from "../../dist/metrics/index.js";
import { readStudy } from "../../dist/study/protocol/study-configuration.js";

const study = await readStudy(process.argv[2]);
const cacheFolder = join(tmpdir(), "sureseg-resolution");
const datasets = await openTrainingDatasets(study.datasets);
const labelled = datasets.flatMap(({ name, cases }) =>
  cases.filter(({ label }) => label !== undefined).map(({ id, subject }) => ({ dataset: name, id, subject })),
);
const { folds, run, validation, seed } = study.split;
const split = splitBySubject(labelled, { test: 0, validation, seed, folds, fold: run[0] });
const training = new Set(split.train);

/** As many voxels as a budget gives, every side made longer by the same factor. */
const proportional = ({ shape, spacing }, voxels) => {
  const factor = Math.cbrt(Math.max(1, shape.reduce((all, size) => all * size, 1) / voxels));
  return { policy: "fixed", mm: spacing.map((side) => side * factor) };
};
const budgets = [17, 18, 19, 20, 21].map((power) => 2 ** power);
const native = { policy: "native" };

console.log("dataset,images,rule,voxels,ceiling,lowest");
for (const [index, dataset] of datasets.entries()) {
  const found = new Map();
  const own = dataset.cases.filter(({ id }) => training.has(caseKey({ dataset: dataset.name, id })));
  for (const files of own) {
    const { spacing: _, ...preparation } = study.preparation;
    const question = { organs: study.datasets[index].organs, preparation, cacheFolder };
    const seen = await caseResolution(dataset, files, { ...question, spacings: [native] });
    const rules = new Map([
      ["fit 40", { policy: "fit", voxels: 40 }],
      ["fit 64", { policy: "fit", voxels: 64 }],
      ...budgets.map((voxels) => [`budget ${voxels}`, { policy: "budget", voxels }]),
      ...[2 ** 19, 2 ** 20].map((voxels) => [`proportional ${voxels}`, proportional(seen.own, voxels)]),
    ]);
    const { tried } = await caseResolution(dataset, files, { ...question, spacings: [...rules.values()] });
    for (const [at, rule] of [...rules.keys()].entries()) {
      const rows = found.get(rule) ?? [];
      rows.push({
        voxels: tried[at].shape.reduce((all, size) => all * size, 1),
        ceiling: tried[at].ceiling.together,
      });
      found.set(rule, rows);
    }
  }
  for (const [rule, rows] of found) {
    const { mean, minimum } = summary(rows.map(({ ceiling }) => ceiling));
    const voxels = summary(rows.map((row) => row.voxels)).median;
    console.log([dataset.name, rows.length, rule, voxels, mean.toFixed(4), minimum.toFixed(4)].join(","));
  }
}
