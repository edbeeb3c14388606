/**
 * The benchmark: sureseg against PyTorch and MONAI, taking turns in one run. README.md says how to read it.
 *
 * usage: node bench/main.mjs [--python venv/bin/python] [--what step,volume,breakdown,voxels] [--sizes 64x16x4,...]
 *        [--batches 1,4] [--threads 1,2] [--rounds 2] [--seconds 5] [--monai sliding_window_monai.py] [--out file.json]
 *
 * Prints the tables, and writes them beside every single time as JSON where `--out` is given, with the tables as Markdown
 * beside it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { noise } from "./measure.mjs";

const { values } = parseArgs({
  options: {
    python: { type: "string" },
    what: { type: "string", default: "step,volume,breakdown,voxels" },
    sizes: { type: "string", default: "32x8x3,40x8x4,64x16x4,64x32x5,96x24x4" },
    batches: { type: "string", default: "1,4" },
    threads: { type: "string", default: "1,2" },
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "5" },
    monai: { type: "string", default: "../shared/peers/sliding_window_monai.py" },
    out: { type: "string" },
  },
});
const numbers = (text) => text.split(",").map(Number);
const sizes = values.sizes.split(",").map((text) => {
  const [patch, channels, levels] = text.split("x").map(Number);
  return { patch, channels, levels };
});
const what = values.what.split(",");
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const overlap = 0.5;
const guardLayers = 5;

const beside = (name) => new URL(name, import.meta.url).pathname;
function last(command, args) {
  const text = execFileSync(command, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text.trim().split("\n").at(-1));
}
const own = (script, setting) => last(process.execPath, [beside(script), JSON.stringify(setting)]);

/** Median and quartiles of the times of all rounds. */
function spread(runs, pick) {
  const times = runs.flatMap(pick).sort((a, b) => a - b);
  const at = (share) => Number(times[Math.round(share * (times.length - 1))].toFixed(1));
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: times.length };
}
const largest = (runs) => Math.max(...runs.map(({ peak_mb: peak }) => peak));
const ratio = (mine, peer) => (peer === undefined ? undefined : Number((mine / peer).toFixed(2)));
const progress = (text) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Floating-point operations of the forward pass of one sample: 2 for each weight and voxel it is applied to. */
function forwardOperations({ patch, channels, levels }) {
  let total = 0;
  for (let level = 0; level < levels; level++) {
    const voxels = (patch / 2 ** level) ** 3;
    const width = channels * 2 ** level;
    const before = level === 0 ? 1 : width / 2;
    total += 2 * 27 * voxels * width * (before + width);
    if (level < levels - 1) total += 2 * voxels * (27 * width * 3 * width + 2 * width * width);
  }
  return total + 2 * patch ** 3 * channels;
}

const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();

const limits = Object.fromEntries(
  numbers(values.threads).map((threads) => [threads, own("machine-limit.mjs", { threads, seconds: 3 })]),
);

function steps() {
  const rows = [];
  for (const size of sizes)
    for (const batch of numbers(values.batches))
      for (const threads of numbers(values.threads)) {
        const setting = { ...size, batch, threads, seconds };
        const runs = { sureseg: [], default: [], channels_last: [] };
        for (let round = 0; round < rounds; round++) {
          progress(`step ${JSON.stringify(setting)}, round ${round + 1}`);
          runs.sureseg.push(own("own-step.mjs", setting));
          if (values.python === undefined) continue;
          for (const layout of ["default", "channels_last"]) {
            runs[layout].push(
              last(values.python, [beside("pytorch_step.py"), JSON.stringify({ ...setting, layout })]),
            );
          }
        }
        for (const pass of ["step", "forward"]) rows.push(stepRow(setting, pass, runs));
      }
  return rows;
}

function stepRow({ patch, channels, levels, batch, threads }, pass, runs) {
  const wall = spread(runs.sureseg, (run) => run[pass].wall);
  const cpu = spread(runs.sureseg, (run) => run[pass].cpu).median;
  const peers = ["default", "channels_last"]
    .filter((layout) => runs[layout].length > 0)
    .map((layout) => ({
      layout,
      wall: spread(runs[layout], (run) => run[pass].wall),
      cpu: spread(runs[layout], (run) => run[pass].cpu).median,
      peak: largest(runs[layout]),
    }));
  const best = (key) => (peers.length === 0 ? undefined : Math.min(...peers.map(key)));
  const operations = forwardOperations({ patch, channels, levels }) * batch * (pass === "step" ? 3 : 1);
  return {
    size: `${patch}^3, ${channels}, ${levels}`,
    batch,
    threads,
    pass,
    ms: wall.median,
    quartiles: `${wall.low} to ${wall.high}`,
    "PyTorch ms": best((peer) => peer.wall.median),
    ratio: ratio(
      wall.median,
      best((peer) => peer.wall.median),
    ),
    "cpu ms": cpu,
    "cpu ratio": ratio(
      cpu,
      best((peer) => peer.cpu),
    ),
    "peak MB": largest(runs.sureseg),
    "memory ratio": ratio(
      largest(runs.sureseg),
      best((peer) => peer.peak),
    ),
    "of the limit": Number((operations / wall.median / 1e6 / limits[threads].gflops).toFixed(2)),
    peers,
  };
}

function volumes() {
  const rows = [];
  const withPeer = values.python !== undefined && existsSync(values.monai);
  for (const size of sizes)
    for (const threads of numbers(values.threads)) {
      const volume = (size.patch * 5) / 2;
      const setting = { ...size, window: size.patch, volume, overlap, threads, seconds };
      const runs = { plain: [], guarded: [], monai: [] };
      for (let round = 0; round < rounds; round++) {
        progress(`volume ${JSON.stringify(setting)}, round ${round + 1}`);
        runs.plain.push(own("own-volume.mjs", { ...setting, layers: 0 }));
        runs.guarded.push(own("own-volume.mjs", { ...setting, layers: guardLayers }));
        if (!withPeer) continue;
        const { window, channels, levels } = setting;
        runs.monai.push(
          last(values.python, [
            values.monai,
            ...[volume, window, channels, levels, overlap, threads].map(String),
          ]),
        );
      }
      const plain = spread(runs.plain, ({ run }) => run.wall);
      const guarded = spread(runs.guarded, ({ run }) => run.wall);
      const cpu = (which) => spread(which, ({ run }) => run.cpu).median;
      const peer = withPeer ? spread(runs.monai, ({ ms }) => [ms]).median : undefined;
      rows.push({
        size: `${volume}^3 by ${size.patch}^3, ${size.channels}, ${size.levels}`,
        threads,
        ms: plain.median,
        quartiles: `${plain.low} to ${plain.high}`,
        "MONAI ms": peer,
        ratio: ratio(plain.median, peer),
        "guarded ms": guarded.median,
        "guard cpu": `${((cpu(runs.guarded) / cpu(runs.plain) - 1) * 100).toFixed(1)} %`,
        "peak MB": largest(runs.plain),
        "guarded MB": largest(runs.guarded),
        "memory ratio": ratio(largest(runs.plain), withPeer ? largest(runs.monai) : undefined),
      });
    }
  return rows;
}

/** Preparation and metrics against SciPy, NumPy and SimpleITK: the processor's time of one thread. */
function voxels() {
  const folder = mkdtempSync(join(tmpdir(), "sureseg-voxels-"));
  try {
    const shape = [192, 192, 160];
    writeVoxels(folder, shape);
    const setting = { folder, shape, seconds: Math.min(2, seconds) };
    const runs = { own: [], peer: [] };
    for (let round = 0; round < rounds; round++) {
      progress(`voxels, round ${round + 1}`);
      runs.own.push(own("own-voxels.mjs", setting).tasks);
      if (values.python !== undefined) {
        runs.peer.push(last(values.python, [beside("voxels_peer.py"), JSON.stringify(setting)]).tasks);
      }
    }
    return Object.keys(runs.own[0]).map((task) => {
      const mine = spread(runs.own, (run) => run[task].cpu);
      const theirs = (library) =>
        runs.peer[0]?.[task][library] === undefined
          ? undefined
          : spread(runs.peer, (run) => run[task][library].cpu).median;
      const [scipy, itk] = [theirs("SciPy"), theirs("SimpleITK")];
      return {
        task,
        "cpu ms": mine.median,
        quartiles: `${mine.low} to ${mine.high}`,
        "SciPy ms": scipy,
        "SimpleITK ms": itk,
        "ratio to SciPy": ratio(mine.median, scipy),
        "ratio to SimpleITK": ratio(mine.median, itk),
      };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An image of tissue with noise, and a mask of some smooth pieces and many single voxels. */
function writeVoxels(folder, [ni, nj, nk]) {
  const image = noise(ni * nj * nk);
  const mask = new Uint8Array(image.length);
  let at = 0;
  for (let k = 0; k < nk; k++)
    for (let j = 0; j < nj; j++)
      for (let i = 0; i < ni; i++, at++) {
        const wave = Math.sin(i / 11) * Math.cos(j / 13) * Math.sin(k / 9 + 1);
        mask[at] = wave > 0.55 || image[at] > 3 ? 1 : 0;
        image[at] = 100 * wave + 20 * image[at];
      }
  writeFileSync(join(folder, "image"), image);
  writeFileSync(join(folder, "mask"), mask);
}

function breakdowns() {
  return sizes.map((size) => {
    progress(`breakdown ${JSON.stringify(size)}`);
    return { ...size, ...own("breakdown.mjs", { ...size, batch: 1, threads: 1 }) };
  });
}

const tables = {};
if (what.includes("step")) tables.step = steps();
if (what.includes("volume")) tables.volume = volumes();
if (what.includes("voxels")) tables.voxels = voxels();
if (what.includes("breakdown")) tables.breakdown = breakdowns();

const versions = {};
if (values.python !== undefined) {
  const script =
    "import json, torch, monai; print(json.dumps({'torch': torch.__version__, 'monai': monai.__version__}))";
  Object.assign(versions, last(values.python, ["-c", script]));
}
const about = {
  commit,
  options: { rounds, seconds, sizes: values.sizes, batches: values.batches, threads: values.threads },
  machine: `${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}`,
  load: loadavg()[0],
  versions,
  limits,
};

function markdown(rows) {
  const columns = Object.keys(rows[0]).filter((name) => name !== "peers");
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(columns),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map((name) => row[name] ?? ""))),
  ].join("\n");
}
const sections = [
  `# Benchmark\n\nCommit ${about.commit}; ${about.machine}; load ${about.load.toFixed(1)} at the end; ${JSON.stringify(versions)}.`,
  `Options: ${JSON.stringify(about.options)}. Ratios are sureseg / peer: below 1 is faster, or smaller.`,
  `Limit of the machine, by a matrix product and by adding two arrays: ${JSON.stringify(limits)}.`,
  ...(tables.step ? ["## Training step and forward pass", markdown(tables.step)] : []),
  ...(tables.volume
    ? ["## Whole volume by windows, with and without the guard on five layers", markdown(tables.volume)]
    : []),
  ...(tables.voxels
    ? ["## Preparation and metrics of 192 x 192 x 160 voxels, one thread", markdown(tables.voxels)]
    : []),
  ...(tables.breakdown ?? []).map(
    ({ patch, channels, levels, sum_of_best_ms: sum, operators }) =>
      `## Operators of a training step, ${patch}^3, ${channels}, ${levels}, one thread\n\nSum of the best time of each node: ${sum} ms.\n\n${markdown(operators.slice(0, 12))}`,
  ),
];
const report = `${sections.join("\n\n")}\n`;
console.log(report);
if (values.out !== undefined) {
  writeFileSync(values.out, `${JSON.stringify({ ...about, ...tables }, null, 1)}\n`);
  writeFileSync(values.out.replace(/\.json$/, ".md"), report);
}
