/**
 * Trains every experiment of experiments.yaml, one after the other, and tabulates every validation. What is done is
 * skipped and what was interrupted goes on, so it can be stopped and started as often as need be.
 *
 * usage: node bench/accuracy/experiments.mjs [--only base,residual] [--seeds 1] [--runs FOLDER] [--out docs/results/recipe]
 *        [--file experiments.yaml] [--table]; with --table only the table is made again
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";

const here = import.meta.dirname;
const { values } = parseArgs({
  options: {
    file: { type: "string", default: join(here, "experiments.yaml") },
    runs: { type: "string", default: "runs/recipe" },
    out: { type: "string", default: "docs/results/recipe" },
    only: { type: "string" },
    seeds: { type: "string" },
    table: { type: "boolean", default: false },
  },
});
const plan = parse(readFileSync(values.file, "utf8"));
const seeds = values.seeds?.split(",").map(Number) ?? plan.seeds;
const runs = resolve(values.runs);

/** One training: where it goes, and its configuration. */
function trainingsOf({ name, change = {}, dedicated = false }, seed) {
  const settings = laidOver(plan.base, change);
  const datasets = settings.datasets.map((one) => ({
    ...one,
    folder: resolve(dirname(values.file), one.folder),
    subjects: resolve(dirname(values.file), one.subjects),
  }));
  const common = { ...settings, seed };
  if (!dedicated) return [{ folder: `${name}-${seed}`, settings: { ...common, datasets } }];
  const share = (updates) => Math.max(1, Math.round(updates / datasets.length));
  return datasets.map((dataset) => ({
    folder: `${name}-${basename(dataset.folder)}-${seed}`,
    settings: {
      ...common,
      datasets: [dataset],
      updates: share(settings.updates),
      validateEvery: share(settings.validateEvery),
      // A dataset alone may be too small for any promise; its guard is not asked for anything here.
      guard: { alpha: 0.5 },
    },
  }));
}

function laidOver(base, change) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  return Object.fromEntries(
    [...new Set([...Object.keys(base), ...Object.keys(change)])].map((key) => {
      const [below, above] = [base[key], change[key]];
      if (above === undefined) return [key, below];
      return [key, isObject(below) && isObject(above) ? laidOver(below, above) : above];
    }),
  );
}

function train({ folder, settings }) {
  const output = join(runs, folder);
  if (existsSync(join(output, "done"))) return;
  const file = join(runs, `${folder}.yaml`);
  mkdirSync(output, { recursive: true });
  // Cases that are prepared alike are prepared once for all experiments; their names in the cache say how they were prepared.
  mkdirSync(join(runs, "cache"), { recursive: true });
  if (!existsSync(join(output, "cache"))) symlinkSync(join("..", "cache"), join(output, "cache"));
  writeFileSync(file, stringify({ name: folder, output, ...settings }));
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${folder}\n`);
  const program = [join(here, "train-only.mjs"), file];
  const { status, signal } = spawnSync(process.execPath, program, { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 130 || signal !== null) process.exit(130);
  if (status !== 0) process.stderr.write(`${folder}: ended with ${status}\n`);
}

/** All validations so far; of several trainings, those that all of them have had. */
function validationsOf(folders) {
  const each = folders.map((folder) => {
    const path = join(runs, folder, "log.jsonl");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line)).filter(({ validationDice }) => validationDice !== undefined);
  });
  const count = Math.min(...each.map(({ length }) => length));
  return Array.from({ length: count }, (_, at) => {
    const own = each.map((validations) => validations[at]);
    return {
      updates: own.reduce((sum, { step }) => sum + step, 0),
      loss: mean(own.map(({ validationLoss }) => validationLoss)),
      dice: Object.assign({}, ...own.map(({ validationDice }) => validationDice)),
    };
  });
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const chosen = plan.experiments.filter(
  ({ name }) => values.only === undefined || values.only.split(",").includes(name),
);
if (!values.table) {
  for (const seed of seeds) for (const experiment of chosen) trainingsOf(experiment, seed).forEach(train);
}

const rows = plan.experiments.flatMap((experiment) =>
  seeds.flatMap((seed) => {
    const folders = trainingsOf(experiment, seed).map(({ folder }) => folder);
    return validationsOf(folders).map(({ updates, loss, dice }) => ({
      experiment: experiment.name,
      seed,
      updates,
      loss,
      dice: mean(Object.values(dice)),
      ...dice,
    }));
  }),
);
if (rows.length > 0) {
  const columns = Object.keys(rows[0]);
  const cell = (value) =>
    typeof value === "number" && !Number.isInteger(value) ? value.toFixed(4) : String(value);
  const csv = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))]
    .map((line) => line.join(","))
    .join("\n");
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, "experiments.csv"), `${csv}\n`);
  process.stdout.write(`${csv}\n`);
}
