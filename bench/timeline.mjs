/**
 * When the engine computes, and when it waits: the timeline of a training, or of what is left of a study in one process. Whatever is
 * done while it computes (batches, logs) costs nothing; the gaps are what is done between.
 *
 * usage: node bench/timeline.mjs train CONFIGURATION.yaml | study STUDY.yaml  [--threads N] [--svg FILE]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { groupBy } from "../dist/base/index.js";
import { readConfiguration } from "../dist/run/configuration.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { writePlan } from "../dist/run/plan.js";
import { prepareRun } from "../dist/run/prepare-run.js";
import { trainNetwork } from "../dist/run/train-network.js";
import { planUnits } from "../dist/study/data/planned-study.js";
import { openStudyData } from "../dist/study/data/study-data.js";
import { readStudy } from "../dist/study/protocol/study-configuration.js";
import { runUnits } from "../dist/study/units/run-units.js";
import { trainingOf } from "./training-of.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: "string" }, svg: { type: "string" } },
});
const [what, path] = positionals;
const threads = values.threads === undefined ? undefined : Number(values.threads);

/** What was done, in the order in which it ended: `{ kind, from, to }`, milliseconds. */
const done = [];
async function timed(kind, work) {
  const from = performance.now();
  try {
    return await work();
  } finally {
    done.push({ kind, from, to: performance.now() });
  }
}

const kindOf = ({ outputNames }) =>
  outputNames.includes("logits") ? "look" : outputNames.includes("loss") ? "update" : "other";

const watched = (session) => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  run: (...given) => timed(kindOf(session), () => session.run(...given)),
  release: () => session.release(),
  ...(session.sideBySide && { sideBySide: async () => (await session.sideBySide()).map(watched) }),
});
const opened =
  (open) =>
  async (...given) =>
    watched(await timed("open", () => open(...given)));

const engine = nodeEngine(threads === undefined ? {} : { threads });
const watchedEngine = {
  ...engine,
  open: opened(engine.open),
  ...(engine.openApart && { openApart: opened(engine.openApart) }),
};
const hooks = { stage: () => {}, progress: () => {} };

async function train() {
  const configuration = await readConfiguration(path);
  const folder = configuration.output;
  const run = await prepareRun(configuration, hooks);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "configuration.yaml"), stringify(configuration));
  await writePlan(run);
  return () => trainNetwork(trainingOf(run, folder), watchedEngine, hooks);
}

async function study() {
  const configuration = await readStudy(path);
  const data = await openStudyData(configuration, hooks);
  const work = { ...planUnits(data), engine: watchedEngine, threads, hooks };
  return () => runUnits(work, work.units);
}

const work = await { train, study }[what]();
const [from, cpu] = [performance.now(), process.cpuUsage()];
await work();
const to = performance.now();
const used = process.cpuUsage(cpu);

const gaps = [];
let end = from;
let last = "begin";
for (const one of done.toSorted((a, b) => a.from - b.from)) {
  if (one.from > end) gaps.push({ at: end, length: one.from - end, between: `${last} and ${one.kind}` });
  if (one.to > end) [end, last] = [one.to, one.kind];
}
if (to > end) gaps.push({ at: end, length: to - end, between: `${last} and the end` });
const total = to - from;
const percent = (length) => `${((100 * length) / total).toFixed(2)} %`;
const waited = gaps.reduce((sum, { length }) => sum + length, 0);
const byNeighbours = groupBy(gaps, ({ between }) => between);

console.log(
  `${(total / 1000).toFixed(1)} s, ${done.length} runs; processor ${percent((used.user + used.system) / 1000)}`,
);
console.log(
  `the engine waited ${percent(waited)} of the time; longest gap ${percent(Math.max(...gaps.map(({ length }) => length)))}`,
);
for (const [between, own] of [...byNeighbours].toSorted((a, b) => sumOf(b[1]) - sumOf(a[1])).slice(0, 8)) {
  const longest = Math.max(...own.map(({ length }) => length));
  console.log(`  ${between}: ${own.length} gaps, ${percent(sumOf(own))}, longest ${longest.toFixed(0)} ms`);
}
if (values.svg) {
  mkdirSync(dirname(values.svg), { recursive: true });
  writeFileSync(values.svg, drawing());
}
process.exit(0);

function sumOf(own) {
  return own.reduce((sum, { length }) => sum + length, 0);
}

/** A row for each kind of run and one for the gaps, from left to right in time. */
function drawing() {
  const width = 1000;
  const rows = ["update", "look", "other", "open"].filter((kind) => done.some((one) => one.kind === kind));
  const x = (time) => (((time - from) / total) * width).toFixed(2);
  const bar = (row, begin, length, colour) =>
    `<rect x="${x(begin)}" y="${row * 24 + 4}" width="${Math.max(0.2, (length / total) * width).toFixed(2)}" height="16" fill="${colour}"/>`;
  const bars = rows.flatMap((kind, row) =>
    done.filter((one) => one.kind === kind).map((one) => bar(row, one.from, one.to - one.from, "#0b6e6e")),
  );
  const waits = gaps
    .filter(({ length }) => length > 1)
    .map((gap) => bar(rows.length, gap.at, gap.length, "#b3261e"));
  const words = [...rows, "waits"].map(
    (word, row) =>
      `<text x="${width + 8}" y="${row * 24 + 16}" font-family="sans-serif" font-size="13">${word}</text>`,
  );
  const height = (rows.length + 1) * 24 + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width + 80} ${height}">${[...bars, ...waits, ...words].join("")}</svg>\n`;
}
