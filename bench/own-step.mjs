/** Training step and forward pass of sureseg; prints one JSON line. usage: own-step.mjs '{"patch":64,"channels":16,...}' */
import { describeNetwork, exportNetwork } from "../dist/network/index.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { createLoss, lossSchema } from "../dist/training/losses/index.js";
import { createOptimiser, optimiserSchema } from "../dist/training/optimisers/index.js";
import { TrainProgram } from "../dist/training/train-program.js";
import { noise, peakMegabytes, repeat } from "./measure.mjs";

const { patch, channels, levels, batch, threads, seconds } = JSON.parse(process.argv[2]);
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
  batch,
  patch: [patch, patch, patch],
  seed: 0,
  engine,
  threads,
});
const data = noise(batch * patch ** 3);
const samples = {
  image: data,
  target: data.map((value) => (value > 0 ? 1 : 0)),
  weight: new Float32Array(batch).fill(1),
};
const step = await repeat(() => program.update(samples, 1e-3), seconds);
const stepPeak = peakMegabytes();
await program.release();

const session = await engine.open(exportNetwork(network, program.weights()), { threads });
const image = { type: "float32", dims: [batch, 1, patch, patch, patch], data };
const memory = await session.run({ image }, ["logits"]);
const forward = await repeat(() => session.run({ image }, ["logits"], memory), seconds);
console.log(JSON.stringify({ step, forward, peak_mb: stepPeak }));
