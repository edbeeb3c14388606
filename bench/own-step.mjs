/** Training step and forward pass of sureseg; prints one JSON line. usage: own-step.mjs '{"patch":64,"channels":16,...}' */
import { exportNetwork } from "../dist/network/index.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { peakMegabytes, repeat } from "./measure.mjs";
import { measuredNetwork, measuredTraining } from "./network.mjs";

const setting = JSON.parse(process.argv[2]);
const { patch, batch, threads, seconds } = setting;
const engine = nodeEngine();
const { program, samples } = await measuredTraining(setting, engine);
const step = await repeat(() => program.update(samples, 1e-3), seconds);
const stepPeak = peakMegabytes();
await program.release();

const session = await engine.open(exportNetwork(measuredNetwork(setting), program.weights()), { threads });
const image = { type: "float32", dims: [batch, 1, patch, patch, patch], data: samples.image };
const memory = await session.run({ image }, ["logits"]);
const forward = await repeat(() => session.run({ image }, ["logits"], memory), seconds);
console.log(JSON.stringify({ step, forward, peak_mb: stepPeak }));
