/**
 * sureseg's own contender: trained for a budget of wall time, validations included, and its predictions on the held-out images.
 *
 * usage: YARDSTICK_OUT=FOLDER node bench/accuracy/train-own.mjs CONFIGURATION.yaml MINUTES [THREADS]
 *
 * The number of updates is what the machine does in the budget at the pace of a short trial, so that the schedule ends with the
 * budget; what is still undone then is left undone. Weights are those of the best validation so far, at the same shares of the
 * budget as the other contenders'. Contender `sureseg` has the network's own probabilities, `sureseg-scaled` those at the
 * temperature fitted on the validation images, as a bundle ships them. Also writes split.json for the others.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stringify } from "yaml";
import { inspectPrepared, labelsOnFile, openModel } from "../../dist/bundle/index.js";
import { scaleProbabilities, TemperatureFitter } from "../../dist/calibration/index.js";
import { readPreparedCase } from "../../dist/dataset/index.js";
import { exportNetwork } from "../../dist/network/index.js";
import { readConfiguration } from "../../dist/run/configuration.js";
import { nodeEngine } from "../../dist/run/engines/node.js";
import { writePlan } from "../../dist/run/plan.js";
import { partOf, prepareRun } from "../../dist/run/prepare-run.js";
import { addEvidence } from "../../dist/run/temperature-evidence.js";
import { trainNetwork } from "../../dist/run/train-network.js";
import { writeVolume } from "../../dist/sources/index.js";
import { loadCheckpoint } from "../../dist/training/checkpoint.js";
import { bestCheckpoint } from "../../dist/training/loop.js";
import { weightsOf } from "../../dist/training/train-program.js";
import { trainingOf } from "../training-of.mjs";
import { splitOf } from "./split.mjs";

const SNAPSHOTS = [0.125, 0.25, 0.5, 0.75, 1];
const TRIAL_SECONDS = 20;
const VALIDATIONS = 16;

const [path, budget, threads = "2"] = process.argv.slice(2);
const minutes = Number(budget);
const home = resolve(process.env.YARDSTICK_OUT);
const read = await readConfiguration(path);
const output = join(home, read.name, "sureseg", "run");
const asked = { ...read, output, threads: Number(threads) };
const quiet = { stage: () => {}, progress: () => {} };
const engine = nodeEngine();
const run = await prepareRun(asked, quiet);
const { configuration } = run;
mkdirSync(output, { recursive: true });
writeFileSync(join(home, read.name, "split.json"), `${JSON.stringify(splitOf(run), null, 1)}\n`);
writeFileSync(join(output, "configuration.yaml"), stringify(asked));
await writePlan(run);
// No minutes: the split alone, for the others to go first.
if (minutes === 0) process.exit();

const training = (settings, folder) => ({
  ...trainingOf(run, folder),
  settings: { ...configuration, ...settings },
});

/** Updates and seconds of a training that is stopped after so many seconds; `each` is called with the seconds so far. */
async function trainFor(seconds, settings, folder, each = () => {}) {
  const controller = new AbortController();
  let [first, last] = [undefined, undefined];
  const progress = (step) => {
    const now = performance.now();
    // The first update waits for the engine and the first batch.
    first ??= { step, now };
    last = { step, now };
    each((now - first.now) / 1000, step);
    if (now - first.now >= 1000 * seconds) controller.abort();
  };
  mkdirSync(folder, { recursive: true });
  await trainNetwork(training(settings, folder), engine, { ...quiet, progress, signal: controller.signal });
  return {
    steps: last.step,
    seconds: (last.now - first.now) / 1000,
    pace: (last.step - first.step) / ((last.now - first.now) / 1000),
  };
}

const scratch = join(output, "trial");
const trial = await trainFor(TRIAL_SECONDS, { updates: 1e6, validateEvery: 1e6 }, scratch);
rmSync(scratch, { recursive: true });
// A validation costs updates, too: some 4 % of the time are left for them.
const updates = Math.max(VALIDATIONS, Math.round(0.96 * trial.pace * 60 * minutes));
const settings = { updates, validateEvery: Math.ceil(updates / VALIDATIONS), earlyStopping: 0 };
const snapshot = (share) => join(output, `at-${share}.safetensors`);
const waiting = [...SNAPSHOTS];
const trained = await trainFor(60 * minutes, settings, output, (seconds, step) => {
  while (waiting.length > 0 && seconds >= 60 * minutes * waiting[0]) {
    const share = waiting.shift();
    if (existsSync(bestCheckpoint(output))) copyFileSync(bestCheckpoint(output), snapshot(share));
  }
  if (step % 20 === 0) process.stderr.write(`${seconds.toFixed(0)} s, update ${step} of ${updates}\n`);
});
copyFileSync(bestCheckpoint(output), snapshot(1));

for (const share of SNAPSHOTS.filter((one) => existsSync(snapshot(one)))) {
  const { vectors } = await loadCheckpoint(snapshot(share), run.network.layout);
  const session = await openModel(engine, exportNetwork(run.network, weightsOf(vectors)), {
    threads: Number(threads),
  });
  const fitter = new TemperatureFitter();
  for (const item of partOf(run, "validation")) {
    const { image, target } = await readPreparedCase(item);
    const { probabilities } = await inspectPrepared(session, image, run);
    addEvidence(fitter, probabilities, { ...item, target }, run.layout);
  }
  const { temperature } = fitter.fit();
  for (const item of partOf(run, "test")) {
    const { image } = await readPreparedCase(item);
    const { probabilities } = await inspectPrepared(session, image, run);
    await write("sureseg", share, item, probabilities);
    await write("sureseg-scaled", share, item, scaleProbabilities(probabilities, "sigmoid", temperature));
  }
  await session.release();
}
const facts = {
  contender: "sureseg",
  minutes,
  threads: Number(threads),
  steps: trained.steps,
  seconds: trained.seconds,
};
writeFileSync(
  join(home, read.name, "sureseg", "facts.json"),
  JSON.stringify({ ...facts, patch: configuration.patch, batch: configuration.batch, updates }),
);

/** The organ's probability on the grid of the file. */
async function write(contender, share, item, probabilities) {
  const { labels, confidence } = await labelsOnFile(run, probabilities, item.placement);
  // Confidence is that of the label given.
  const data = confidence.data.map((value, at) => (labels.data[at] > 0 ? value : 1 - value));
  const folder = join(home, read.name, contender, String(share * minutes));
  mkdirSync(folder, { recursive: true });
  const target = join(folder, `${item.dataset}__${item.id}.nii.gz`);
  writeFileSync(target, await writeVolume({ ...confidence, data }, target));
}
