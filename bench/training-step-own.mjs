/** Our half of `training-step.mjs`: prints one JSON line. usage: training-step-own.mjs PATCH CHANNELS LEVELS THREADS */

import { Random } from "../dist/base/random.js";
import { describeNetwork, exportNetwork } from "../dist/network/index.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { createLoss, lossSchema } from "../dist/training/losses/index.js";
import { createOptimiser, optimiserSchema } from "../dist/training/optimisers/index.js";
import { TrainProgram } from "../dist/training/train-program.js";

const [patch, channels, levels, threads] = process.argv.slice(2).map(Number);
const network = describeNetwork({
  architecture: "unet",
  channels,
  levels,
  inputChannels: 1,
  outputChannels: 1,
  maximumChannels: 1024,
  dropout: 0,
});
const engine = nodeEngine();
const program = await TrainProgram.create({
  network,
  loss: createLoss(lossSchema.parse({})),
  optimiser: createOptimiser(optimiserSchema.parse({})),
  clipNorm: 0,
  batch: 1,
  patch: [patch, patch, patch],
  seed: 0,
  engine,
  threads,
});
const random = new Random(0);
const count = patch ** 3;
const batch = {
  image: Float32Array.from({ length: count }, () => random.normal()),
  target: Float32Array.from({ length: count }, () => random.below(2)),
  weight: Float32Array.of(1),
};

async function medianMs(work, times) {
  await work();
  const taken = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    taken.push(performance.now() - start);
  }
  taken.sort((a, b) => a - b);
  return Number(taken[Math.floor(times / 2)].toFixed(1));
}

const stepMs = await medianMs(() => program.update(batch, 1e-3), 7);
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
const session = await engine.open(exportNetwork(network, program.weights()), { threads });
const image = { type: "float32", dims: [1, 1, patch, patch, patch], data: batch.image };
const forwardMs = await medianMs(() => session.run({ image }, ["logits"]), 5);
console.log(JSON.stringify({ step_ms: stepMs, forward_ms: forwardMs, peak_mb: peak }));
