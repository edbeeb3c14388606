/**
 * A CT of 512 x 512 x 400 voxels from file to mask, through the command line: seconds, and the most memory that the process
 * ever held. usage: node bench/large-scan.mjs [--classes 25] [--spacing 1.5] [--slices 400]; without --spacing on the scan's own grid
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { Random } from "../dist/base/index.js";
import { describeNetwork, exportNetwork, initialise } from "../dist/network/index.js";
import { writeVolume } from "../dist/sources/index.js";
import { affineFromSpacing } from "../dist/volume/index.js";

const { values } = parseArgs({
  options: {
    classes: { type: "string", default: "25" },
    slices: { type: "string", default: "400" },
    spacing: { type: "string" },
    threads: { type: "string", default: "1" },
  },
});
const classes = Number(values.classes);
const folder = mkdtempSync(join(tmpdir(), "sureseg-large-scan-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A body of smooth tissue in air, in Hounsfield units, 0.8 x 0.8 x 1 mm. */
function scan(width, slices, seed) {
  const random = new Random(seed);
  const [phase, steps] = [random.uniform() * 6, 40 + 20 * random.uniform()];
  const data = new Int16Array(width * width * slices);
  let at = 0;
  for (let k = 0; k < slices; k++) {
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < width; i++, at++) {
        const [x, y] = [(2 * i) / width - 1, (2 * j) / width - 1];
        const inside = x * x + y * y < 0.8;
        data[at] = inside ? 40 + steps * Math.sin(i / 9 + phase) * Math.cos(j / 7 + k / 5) : -1000;
      }
    }
  }
  return { shape: [width, width, slices], affine: affineFromSpacing([0.8, 0.8, 1]), channels: 1, data };
}

const network = describeNetwork({
  architecture: "unet",
  channels: 4,
  levels: 3,
  inputChannels: 1,
  outputChannels: classes,
  maximumChannels: 16,
  dropout: 0,
});
const organs = Object.fromEntries(
  Array.from({ length: classes - 1 }, (_, at) => [`organ ${at + 1}`, at + 1]),
);
const settings = {
  name: "large scan",
  modalities: ["CT"],
  organs,
  axes: "ijk",
  preparation: {
    cropToForeground: false,
    spacing:
      values.spacing === undefined
        ? { policy: "native" }
        : { policy: "fixed", mm: Array(3).fill(Number(values.spacing)) },
    intensities: { CT: [{ step: "clip", low: -1000, high: 1000 }, { step: "z-score" }] },
  },
  windows: {
    window: [64, 64, 64],
    overlap: 0.25,
    fixedSize: true,
    placement: "stepped",
    padding: "zero",
    blending: "logits",
    weights: "gaussian",
  },
};
writeFileSync(join(folder, "model.onnx"), exportNetwork(network, initialise(network, new Random(0))));
writeFileSync(join(folder, "network.yaml"), stringify(settings));
mkdirSync(join(folder, "fit"));
for (let at = 0; at < 12; at++) {
  const name = `scan-${at}.nii`;
  writeFileSync(join(folder, "fit", name), await writeVolume(scan(64, 64, at), name));
}
writeFileSync(
  join(folder, "large.nii"),
  await writeVolume(scan(512, Number(values.slices), 99), "large.nii"),
);
// Says at its end how much memory the whole process held, its threads included.
writeFileSync(
  join(folder, "peak.mjs"),
  `import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
if (isMainThread) process.on("exit", () => writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS)));`,
);

function sureseg(...parameters) {
  const peakFile = join(folder, "peak");
  const start = performance.now();
  const program = [
    "--import",
    join(folder, "peak.mjs"),
    "dist/cli/main.js",
    ...parameters,
    "--quiet",
    "--threads",
    values.threads,
  ];
  const { status, stderr } = spawnSync(process.execPath, program, {
    encoding: "utf8",
    env: { ...process.env, PEAK_FILE: peakFile },
  });
  if (status !== 0 && status !== 3) throw new Error(stderr);
  const seconds = (performance.now() - start) / 1000;
  return {
    seconds: Number(seconds.toFixed(1)),
    peakMiB: Math.round(Number(readFileSync(peakFile, "utf8")) / 1024),
  };
}

const bundle = join(folder, "bundle");
const [model, description] = [join(folder, "model.onnx"), join(folder, "network.yaml")];
sureseg(
  "guard",
  "fit",
  "--model",
  model,
  "--images",
  join(folder, "fit"),
  "--preparation",
  description,
  "--out",
  bundle,
);
const measured = sureseg(
  "predict",
  bundle,
  join(folder, "large.nii"),
  "--modality",
  "CT",
  "--out",
  join(folder, "results"),
);
const inputMiB = Math.round((512 * 512 * Number(values.slices) * 2) / 2 ** 20);
console.log(JSON.stringify({ classes, spacing: values.spacing ?? "the scan's", inputMiB, ...measured }));
