/** Preparation and metrics of one volume, one thread; prints one JSON line. usage: own-voxels.mjs '{"folder":...,"shape":[...],"seconds":2}' */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { distanceTransform } from "../dist/metrics/index.js";
import { affineFromSpacing, connectedComponents, percentilesOf, resample } from "../dist/volume/index.js";
import { peakMegabytes, repeat } from "./measure.mjs";

const { folder, shape, seconds } = JSON.parse(process.argv[2]);
const bytesOf = (name) => new Uint8Array(readFileSync(join(folder, name))).buffer;
const image = {
  shape,
  affine: affineFromSpacing([1, 1, 1]),
  channels: 1,
  data: new Float32Array(bytesOf("image")),
};
const mask = new Uint8Array(bytesOf("mask"));
const gridOf = (spacing) => ({
  shape: shape.map((size) => Math.round(size / spacing)),
  affine: affineFromSpacing([spacing, spacing, spacing]),
});

const tasks = {
  "resampling, linear, to 1.5 mm": () => resample(image, gridOf(1.5), "linear"),
  "resampling, linear, to 0.75 mm": () => resample(image, gridOf(0.75), "linear"),
  "resampling, cubic, to 0.75 mm": () => resample(image, gridOf(0.75), "cubic"),
  "percentiles 0.5 and 99.5": () => percentilesOf(image.data, [0.5, 99.5]),
  "connected components": () => connectedComponents(mask, shape, 26),
  "distance transform": () => distanceTransform(mask, shape, [1, 1, 1.5]),
};
const measured = {};
for (const [name, work] of Object.entries(tasks)) measured[name] = await repeat(async () => work(), seconds);
console.log(JSON.stringify({ tasks: measured, peak_mb: peakMegabytes() }));
