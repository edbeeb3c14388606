/**
 * Whether the datasets of a run pull its weights apart: the cosine between the mean gradients of two datasets, at the weights of a
 * checkpoint, over training patches as training draws them. Needs a build and a trained run.
 *
 *   node bench/accuracy/gradient-cosine.mjs RUN [--batches 16] [--checkpoint best|last] > cosines.csv
 *
 * A mean over few patches is noisy, which draws every cosine towards 0. So each dataset also stands against itself: the cosine
 * between the means of its even and its odd batches. Two datasets agree as far as that allows where their cosine divided by the root
 * of the product of those (`corrected`) is near 1; below 0 a step for one undoes the other's.
 */
import { parseArgs } from "node:util";
import { nodeEngine } from "../../dist/run/engines/node.js";
import { openRun } from "../../dist/run/open-run.js";
import { partOf } from "../../dist/run/prepare-run.js";
import { batchSource } from "../../dist/training/batch-source.js";
import { loadCheckpoint } from "../../dist/training/checkpoint.js";
import { bestCheckpoint, lastCheckpoint } from "../../dist/training/loop.js";
import { createLoss } from "../../dist/training/losses/index.js";
import { createOptimiser } from "../../dist/training/optimisers/index.js";
import { TrainProgram } from "../../dist/training/train-program.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    batches: { type: "string", default: "16" },
    checkpoint: { type: "string", default: "best" },
    threads: { type: "string" },
  },
});
const [folder] = positionals;
const batches = Number(values.batches);
const quiet = { stage: (label) => console.error(label), progress: () => {} };
const run = await openRun(folder, quiet);
const { configuration, network, layout } = run;
const path = (values.checkpoint === "last" ? lastCheckpoint : bestCheckpoint)(configuration.output);
const { vectors } = await loadCheckpoint(path, network.layout);

// Without momentum and decay the optimiser's vector is the gradient itself.
const plainDescent = { kind: "sgd", learningRate: 1, clipNorm: 0, averaging: 0, weightDecay: 0, momentum: 0 };
const [i, j, k] = configuration.patch;
const program = await TrainProgram.create({
  network,
  loss: createLoss(configuration.loss),
  optimiser: createOptimiser(plainDescent),
  clipNorm: 0,
  batch: configuration.batch,
  patch: [k, j, i],
  seed: configuration.seed,
  engine: nodeEngine(),
  threads: values.threads === undefined ? undefined : Number(values.threads),
});
const { parameters } = vectors;
const still = new Float32Array(parameters.length);

/** Sums of the gradients of a dataset's even and odd batches. */
async function gradientsOf(cases) {
  const source = batchSource(cases, { ...configuration, layout }, { workers: 0 });
  const halves = [new Float64Array(parameters.length), new Float64Array(parameters.length)];
  for (let step = 0; step < batches; step++) {
    program.load({ step, vectors: { parameters, momentum: still } });
    await program.update(await source.batch(step), 1);
    const gradient = program.state().vectors.momentum;
    const half = halves[step % 2];
    for (let at = 0; at < half.length; at++) half[at] += gradient[at];
  }
  await source.close();
  return halves;
}

const product = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0);
const cosine = (a, b) => product(a, b) / Math.sqrt(product(a, a) * product(b, b));

const training = partOf(run, "train");
const names = [...new Set(training.map(({ dataset }) => dataset))];
const halves = new Map();
for (const name of names) {
  console.error(`gradients of ${name}`);
  halves.set(name, await gradientsOf(training.filter(({ dataset }) => dataset === name)));
}
await program.release();

/** Of a mean over all batches, from that between halves (Spearman and Brown). */
const reliability = ([even, odd]) => {
  const between = cosine(even, odd);
  return (2 * between) / (1 + between);
};
const whole = ([even, odd]) => even.map((value, at) => value + odd[at]);
console.log("first,second,cosine,corrected,norm of first");
for (const [at, first] of names.entries()) {
  const own = whole(halves.get(first));
  const norm = (Math.sqrt(product(own, own)) / batches).toPrecision(4);
  console.log(`${first},${first},${reliability(halves.get(first)).toFixed(4)},1,${norm}`);
  for (const second of names.slice(at + 1)) {
    const found = cosine(own, whole(halves.get(second)));
    const most = Math.sqrt(reliability(halves.get(first)) * reliability(halves.get(second)));
    const corrected = Number.isFinite(found / most) ? (found / most).toFixed(4) : "";
    console.log(`${first},${second},${found.toFixed(4)},${corrected},${norm}`);
  }
}
