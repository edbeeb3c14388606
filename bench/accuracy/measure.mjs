/**
 * All contenders' predictions measured with the same code, and drawn against minutes of training.
 *
 * usage: YARDSTICK_OUT=FOLDER node bench/accuracy/measure.mjs SPLIT_NAME [--out docs/results/recipe]
 *
 * Writes SPLIT_NAME-cases.csv, SPLIT_NAME-summary.csv and a figure for Dice and for ECE. On the grid of the image's file: Dice and
 * HD95 (mm) of probability > 0.5; ECE and average calibration error of the probabilities in the reference's box 10 mm wider.
 * Means are over the held-out images of a dataset, then over datasets. An image in which nothing was found has no HD95.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { groupBy } from "../../dist/base/index.js";
import { ReliabilityAccumulator, regionPart } from "../../dist/calibration/index.js";
import { readVolumeFile } from "../../dist/dataset/index.js";
import { maskOfValues } from "../../dist/labels/index.js";
import { evaluateMask } from "../../dist/metrics/index.js";
import { toCsv } from "../../dist/report/csv.js";
import { standalone } from "../../dist/report/figures/drawing.js";
import { categoryColour } from "../../dist/report/palette.js";
import { lineChart } from "../../dist/report/study/figures/line-chart.js";
import { spacingOf } from "../../dist/volume/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "." } },
});
const name = positionals[0];
const home = join(resolve(process.env.YARDSTICK_OUT), name);
const split = JSON.parse(readFileSync(join(home, "split.json"), "utf8"));
const tests = split.cases.filter(({ part }) => part === "test");

/** Folders of predictions: contender and minutes. */
const predictions = readdirSync(home)
  .filter((entry) => statSync(join(home, entry)).isDirectory())
  .flatMap((contender) =>
    readdirSync(join(home, contender))
      .filter((entry) => /^[\d.]+$/.test(entry))
      .map((minutes) => ({ contender, minutes: Number(minutes), folder: join(home, contender, minutes) })),
  )
  .sort((a, b) => (a.contender < b.contender ? -1 : a.contender > b.contender ? 1 : a.minutes - b.minutes));

const rows = [];
for (const item of tests) {
  const labels = await readVolumeFile(item.label);
  const reference = maskOfValues(labels.data, new Set(item.values));
  const { shape, affine } = labels;
  const spacing = spacingOf(affine);
  const part = regionPart("box10mm", reference, shape, spacing);
  for (const { contender, minutes, folder } of predictions) {
    const path = join(folder, `${item.dataset}__${item.id}.nii.gz`);
    if (!existsSync(path)) throw new Error(`${path} is missing: predict every held-out image`);
    const { data } = await readVolumeFile(path);
    const probabilities = Float32Array.from(data);
    const mask = Uint8Array.from(probabilities, (p) => (p > 0.5 ? 1 : 0));
    const { dice, hd95 } = evaluateMask(mask, reference, shape, spacing);
    const accumulator = new ReliabilityAccumulator();
    accumulator.add({ probabilities, reference }, { part });
    const { ece, ace } = accumulator.result();
    rows.push({
      contender,
      minutes,
      dataset: item.dataset,
      case: item.id,
      dice,
      hd95: finite(hd95),
      ece,
      ace,
    });
  }
}

const summary = [...groupBy(rows, ({ contender, minutes }) => `${contender}|${minutes}`).values()].map(
  (own) => {
    const overDatasets = (field) =>
      mean(
        [...groupBy(own, ({ dataset }) => dataset).values()].map((cases) =>
          mean(cases.map((row) => row[field])),
        ),
      );
    const { contender, minutes } = own[0];
    return {
      contender,
      minutes,
      images: own.length,
      found: own.filter(({ hd95 }) => hd95 !== null).length,
      dice: overDatasets("dice"),
      lowestDice: Math.min(...own.map(({ dice }) => dice)),
      hd95: overDatasets("hd95"),
      ece: overDatasets("ece"),
      ace: overDatasets("ace"),
    };
  },
);

mkdirSync(values.out, { recursive: true });
writeFileSync(join(values.out, `${name}-cases.csv`), toCsv(rows));
writeFileSync(join(values.out, `${name}-summary.csv`), toCsv(summary));
const contenders = [...new Set(summary.map(({ contender }) => contender))];
const longest = Math.max(...summary.map(({ minutes }) => minutes));
for (const [field, label] of [
  ["dice", "Dice"],
  ["ece", "Expected calibration error"],
]) {
  // A temperature moves no mask.
  const shown = contenders.filter((contender) => field !== "dice" || !contender.endsWith("-scaled"));
  const series = shown.map((contender, at) => ({
    name: contender,
    colour: categoryColour(at),
    points: summary.filter((row) => row.contender === contender).map((row) => [row.minutes, row[field]]),
    emphasised: contender.startsWith("sureseg"),
  }));
  const chart = lineChart(series, { x: "minutes of training", y: label, xRange: [0, longest] });
  writeFileSync(
    join(values.out, `${name}-${field}.svg`),
    standalone(chart, `${label} against minutes of training, ${name}`),
  );
}
process.stdout.write(toCsv(summary));

function mean(numbers) {
  const defined = numbers.filter((value) => value !== null && !Number.isNaN(value));
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

function finite(value) {
  return Number.isFinite(value) ? value : null;
}
