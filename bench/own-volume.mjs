/** A whole volume through sureseg by windows; prints one JSON line. usage: own-volume.mjs '{"volume":160,"window":64,...}' */

import { Random } from "../dist/base/index.js";
import { inspectPrepared, openModel } from "../dist/bundle/index.js";
import { exportNetwork, initialise } from "../dist/network/index.js";
import { nodeEngine } from "../dist/run/engines/node.js";
import { noise, peakMegabytes, repeat } from "./measure.mjs";
import { measuredNetwork } from "./network.mjs";

const setting = JSON.parse(process.argv[2]);
const { volume, window, overlap, threads, layers, seconds } = setting;
const network = measuredNetwork(setting);
const model = exportNetwork(network, initialise(network, new Random(0)));
const session = await openModel(nodeEngine(), model, { threads });
const image = {
  shape: [volume, volume, volume],
  affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  channels: 1,
  data: noise(volume ** 3),
};
const parts = {
  windows: { window: [window, window, window], overlap, multipleOf: network.stride, fixedSize: true },
  labels: { outputChannels: 1, activation: "sigmoid" },
};
// The deepest layers first: those are what a guard looks at.
const watched = network.layers
  .toSorted((a, b) => b.channels - a.channels)
  .slice(0, layers)
  .map(({ name }) => name);
const run = await repeat(() => inspectPrepared(session, image, parts, { layers: watched }), seconds);
console.log(JSON.stringify({ run, layers: watched.length, peak_mb: peakMegabytes() }));
